"""`more`: every Statement exactly once, under the same filters, for the right reader only."""

import base64
import json
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest


def tampered(more, change):
    token = parse_qs(urlsplit(more).query)["more"][0]
    return f"/xapi/statements?{urlencode({'more': change(token)})}"


@pytest.mark.parametrize("ascending", ["false", "true"])
@pytest.mark.parametrize(
    ("total", "limit", "pages"), [(10, 5, 2), (11, 5, 3), (5, 5, 1), (4, 5, 1), (0, 5, 1)]
)
def test_pages_hold_each_statement_once_and_none_is_empty_at_the_end(
    lrs, statements, ascending, total, limit, pages
):
    batch = statements(total)
    lrs.store_batch(batch)
    lrs.settle()
    read = list(lrs.pages(limit=limit, ascending=ascending))
    ids = [statement["id"] for page in read for statement in page["statements"]]
    wanted = [statement["id"] for statement in batch]
    assert ids == (wanted if ascending == "true" else wanted[::-1])
    assert len(read) == pages
    assert read[-1]["more"] == ""


def test_more_is_a_path_on_this_server_without_scheme_or_host(lrs, statements):
    lrs.store_batch(statements(2))
    more = urlsplit(lrs.page(params={"limit": 1})["more"])
    assert (more.scheme, more.netloc, more.path) == ("", "", "/xapi/statements")


def test_more_keeps_filters_and_format(lrs, make_statement):
    verb = {"id": "https://example.org/verbs/wanted", "display": {"en": "wanted"}}
    batch = [make_statement(verb=verb) if n % 2 else make_statement() for n in range(12)]
    lrs.store_batch(batch)
    found = lrs.find(verb=verb["id"], limit=2, format="ids")
    assert [statement["id"] for statement in found] == [batch[n]["id"] for n in range(11, 0, -2)]
    assert all(statement["verb"] == {"id": verb["id"]} for statement in found)


def test_paging_backwards_does_not_see_what_came_after_the_first_page(lrs, statements):
    batch = statements(9)
    lrs.store_batch(batch[:6])
    pages = lrs.pages(limit=2)
    seen = [statement["id"] for statement in next(pages)["statements"]]
    lrs.store(*batch[6:])
    seen += [statement["id"] for page in pages for statement in page["statements"]]
    assert seen == [statement["id"] for statement in reversed(batch[:6])]


def test_a_more_link_can_be_followed_twice(lrs, statements):
    lrs.store_batch(statements(4))
    more = lrs.page(params={"limit": 2})["more"]
    assert lrs.page(path=more) == lrs.page(path=more)


def test_a_more_link_is_refused_to_another_store(lrs, make_lrs, other_store, statements, assert_refused):
    lrs.store_batch(statements(2))
    more = lrs.page(params={"limit": 1})["more"]
    assert_refused(make_lrs(of=other_store).client.get(more), 403)


def test_a_more_link_asks_for_a_credential_again(lrs, client, make_lrs, statements, assert_refused):
    lrs.store_batch(statements(2))
    more = lrs.page(params={"limit": 1})["more"]
    assert_refused(client.get(more, auth=None), 401)
    assert_refused(make_lrs("statements/write").client.get(more), 403)


def test_a_more_link_shows_a_lesser_reader_only_their_own(lrs, make_lrs, statements):
    lrs.store_batch(statements(4))
    own = make_lrs("statements/write", "statements/read/mine")
    more = lrs.page(params={"limit": 2})["more"]
    assert own.page(path=more)["statements"] == []


def forge_payload(token):
    _, signature = token.rsplit(".", 1)
    body = base64.urlsafe_b64encode(json.dumps(["x", {}, "", ""]).encode()).decode().rstrip("=")
    return f"{body}.{signature}"


@pytest.mark.parametrize(
    "change",
    [
        forge_payload,
        lambda token: token[:-1],
        lambda token: token + "x",
        lambda token: "",
        lambda token: "." * 50,
        lambda token: "\ufffd\0é",
        lambda token: ".eJw" + token,
        lambda token: token * 3,
    ],
    ids=["forged", "cut", "longer", "empty", "dots", "odd characters", "compressed", "long"],
)
def test_a_forged_more_link_is_refused(lrs, client, statements, assert_refused, change):
    lrs.store_batch(statements(2))
    more = lrs.page(params={"limit": 1})["more"]
    assert "from the start" in assert_refused(client.get(tampered(more, change)), 400)["message"]


def test_a_more_link_takes_no_other_parameter(lrs, client, statements, assert_refused):
    lrs.store_batch(statements(2))
    more = lrs.page(params={"limit": 1})["more"]
    assert assert_refused(client.get(f"{more}&limit=5"), 400)["path"] == "limit"


def test_pages_across_many_landmarks_are_complete(lrs, statements):
    wanted = []
    for _ in range(6):
        batch = statements(300)
        lrs.store_batch(batch)
        wanted += [statement["id"] for statement in batch]
    lrs.settle()
    assert lrs.ids(limit=217) == wanted[::-1]
    assert lrs.ids(limit=499, ascending="true") == wanted
    middle = lrs.one(wanted[900])["stored"]
    assert lrs.ids(since=middle) == [name for name in wanted[::-1] if wanted.index(name) >= 1200]


def test_the_largest_page_is_what_about_says(lrs, client, statements):
    limits = client.get("/xapi/about").json()["extensions"]["https://learnerprise.org/xapi/extensions/limits"]
    lrs.store_batch(statements(limits["maxPage"] + 1))
    assert [len(page["statements"]) for page in lrs.pages(limit=0)] == [limits["maxPage"], 1]
    assert [len(page["statements"]) for page in lrs.pages(limit=10**6)] == [limits["maxPage"], 1]
