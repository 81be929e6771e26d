"""Statements on a page: filtered by a click, marked where voided, as JSON and as a table, of one store alone."""

import html
import re
import uuid

import pytest

from pages.admin.pointers import value_at

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
LINES = re.compile(r'href="/admin/statements/([0-9a-f-]{36})"')


def ids(answer):
    """Return the ids of the lines of a page, each once."""
    return list(dict.fromkeys(LINES.findall(answer.text)))


def test_statements_come_newest_first_page_by_page(admin, stored, statement):
    sent = stored(*(statement() for _ in range(30)))
    first = admin.get("/admin/statements")
    more = html.unescape(re.search(r'rel="next" href="([^"]+)"', first.text)[1])
    rest = admin.get(f"/admin/statements{more}")
    assert [*ids(first), *ids(rest)] == sent[::-1]
    assert 'rel="next"' not in rest.text


def test_a_click_on_a_value_leads_to_those_that_have_it(admin, stored, statement):
    mine, _ = stored(statement("ada"), statement("ben"))
    page = admin.get("/admin/statements")
    links = [html.unescape(one) for one in re.findall(r'<a class="value" href="([^"]+)"', page.text)]
    by_ada = next(one for one in links if "agent=" in one and "ada%40" in one)
    assert ids(admin.get(by_ada)) == [mine]
    both = admin.get(f"{by_ada}&verb=https://example.org/verbs/wrote")
    assert ids(both) == []
    assert "No Statement matches" in both.text


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"agent": "ada@example.org"}, 1),
        ({"agent": '{"mbox": "mailto:ada@example.org"}'}, 1),
        ({"agent": "eve@example.org"}, 0),
        ({"verb": "https://example.org/verbs/read"}, 1),
        ({"activity": "https://example.org/nuggets/joins"}, 1),
        ({"activity": "https://example.org/courses/sql"}, 0),
        ({"activity": "https://example.org/courses/sql", "related": "yes"}, 1),
        ({"since": "2020-01-01T00:00:00Z", "until": "2999-01-01T00:00:00Z"}, 1),
        ({"until": "2020-01-01T00:00:00Z"}, 0),
        ({"source": "nobody"}, 0),
    ],
)
def test_every_filter_finds_what_it_names(admin, stored, statement, asked, found):
    course = {"contextActivities": {"parent": [{"id": "https://example.org/courses/sql"}]}}
    stored(statement(context=course))
    assert len(ids(admin.get("/admin/statements", params=asked))) == found


@pytest.mark.parametrize(
    "asked",
    [{"agent": "nobody"}, {"verb": "no iri"}, {"since": "yesterday"}, {"after": "x"}, {"registration": "1"}],
)
def test_what_cannot_be_read_is_told_and_stays_typed(admin, stored, asked):
    stored()
    answer = admin.get("/admin/statements", params=asked)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text
    assert all(f'value="{value}"' in answer.text for name, value in asked.items() if name != "after")


def test_a_voided_statement_is_marked_and_still_shown_as_json(admin, stored, statement):
    (target,) = stored()
    stored(statement(verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": target}))
    page = admin.get("/admin/statements")
    assert page.text.count('<tr class="voided">') == 1
    one = admin.get(f"/admin/statements/{target}")
    assert "voided" in one.text
    assert "As it was stored" in one.text
    assert "Canonical" in one.text
    assert target in one.text


def test_the_chosen_values_come_as_a_table(admin, stored, statement):
    stored(statement(result={"score": {"scaled": 0.5}, "completion": True}))
    asked = {
        "pointers": "/actor/name /result/score/scaled /result/completion /nowhere",
        "agent": "ada@example.org",
    }
    assert admin.get("/admin/statements.csv", params=asked).text.splitlines() == [
        "/actor/name,/result/score/scaled,/result/completion,/nowhere",
        "Ada,0.5,true,",
    ]
    rows = admin.get("/admin/statements.json", params=asked).json()["rows"]
    assert rows == [
        {"/actor/name": "Ada", "/result/score/scaled": 0.5, "/result/completion": "true", "/nowhere": None}
    ]
    assert admin.get("/admin/statements.csv", params={"pointers": "actor"}).status_code == 400


def test_nothing_of_another_store_is_shown(sign_in, other_store, stored):
    (sent,) = stored()
    stranger = sign_in("admin", of=other_store)
    for path in ("/admin/statements", "/admin/live", "/admin/statements.csv"):
        assert sent not in stranger.get(path).text
    assert stranger.get(f"/admin/statements/{sent}").status_code == 404
    place = re.search(r"newest=([0-9a-f]{28})", sign_in("admin").get("/admin/live").text)[1]
    assert sent not in stranger.get("/admin/statements", params={"after": place}).text


@pytest.mark.parametrize(
    "wanted", ["3f0a2c1e-6d5b-4f7a-9c8e-1b2d3f4a5c6d", "x", "..", "%3Cscript%3E", "é" * 300]
)
def test_a_statement_that_is_not_there_is_not_found(admin, wanted):
    assert admin.get(f"/admin/statements/{wanted}").status_code == 404


def test_hostile_words_are_shown_and_nothing_of_them_runs(admin, stored, statement, hostile):
    activity = {"id": "https://example.org/x", "definition": {"name": {"en": hostile}}}
    actor = {"mbox": "mailto:eve@example.org", "name": hostile}
    (sent,) = stored(
        statement(actor=actor, object=activity, verb={"id": "https://e.org/v", "display": {"en": hostile}})
    )
    for path in ("/admin/statements", "/admin/live", f"/admin/statements/{sent}"):
        answer = admin.get(path)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
        assert "&lt;script&gt;" in answer.text


def test_actors_and_objects_of_every_kind_have_a_line(admin, stored, statement):
    group = {
        "objectType": "Group",
        "member": [{"mbox": "mailto:a@example.org", "name": "Ann"}, {"mbox": "mailto:b@example.org"}],
    }
    account = {"account": {"homePage": "https://lms.example.org", "name": "4711"}}
    inner = {
        "objectType": "SubStatement",
        **{name: statement()[name] for name in ("actor", "verb", "object")},
    }
    sent = stored(
        statement(actor=group),
        statement(actor=account),
        statement(object={"objectType": "Agent", **account}),
        statement(object=inner),
        statement(object={"objectType": "StatementRef", "id": str(uuid.uuid4())}),
        statement(context={"registration": str(uuid.uuid4())}),
    )
    page = admin.get("/admin/statements")
    assert ids(page)[: len(sent)] and set(sent) <= set(ids(page))
    for words in ("Ann", "4711", "Statement within it", "Registration"):
        assert words in page.text


@pytest.mark.parametrize(
    ("pointer", "found"),
    [
        ("/a~1b", 1),
        ("/list/1", "y"),
        ("/list/2", None),
        ("/list/01", None),
        ("/list/-1", None),
        ("/list/" + "9" * 5000, None),
        ("/list/²", None),
        ("/deep", '{"x":[null]}'),
        ("/deep/x/0", "null"),
        ("/a~1b/c", None),
        ("/yes", "true"),
        ("", '{"a/b":1,"list":["x","y"],"deep":{"x":[null]},"yes":true}'),
    ],
)
def test_a_pointer_leads_to_a_value_or_to_nothing(pointer, found):
    said = {"a/b": 1, "list": ["x", "y"], "deep": {"x": [None]}, "yes": True}
    assert value_at(said, pointer) == found
