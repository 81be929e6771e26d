"""Saved queries: only their owner's until shared, and never another store's; two tabs and going back do no harm."""

import io
import re
import zipfile

import pytest

from lrs.privacy.declarations import person_of, personal
from lrs.storage.personal_data import Erasing
from recommender.privacy.declarations import DECLARATIONS

QUERY = "figure=reach&by=team&window=30"


def _save(visitor, name="Reach by team", query=QUERY):
    return visitor.post("/explore/saved", {"name": name, "query": query})


def _ids(visitor):
    return re.findall(r"/explore/saved/([0-9a-f]{24})/delete", visitor.get("/explore").text)


def test_a_query_is_its_owners_alone_until_it_is_shared(sign_in, other_store):
    owner, other, stranger = sign_in("analyst"), sign_in("officer"), sign_in("analyst", of=other_store)
    name = "Reach <b> & “ours”"
    assert "Reach &lt;b&gt; &amp; “ours”" in _save(owner, name).text
    assert "Reach &lt;b&gt;" not in other.get("/explore").text
    [query] = _ids(owner)
    assert owner.post(f"/explore/saved/{query}/share", {"shared": "yes", "query": QUERY}).status_code == 200
    assert f'href="/explore?{QUERY.replace("&", "&amp;")}"' in other.get("/explore").text
    assert "shared by a colleague" in other.get("/explore").text
    assert "Reach &lt;b&gt;" not in stranger.get("/explore").text
    owner.post(f"/explore/saved/{query}/share", {"shared": "no", "query": QUERY})
    assert "Reach &lt;b&gt;" not in other.get("/explore").text


def test_nobody_changes_the_query_of_another(sign_in):
    owner, other = sign_in("analyst"), sign_in("analyst")
    _save(owner)
    [query] = _ids(owner)
    assert other.post(f"/explore/saved/{query}/share", {"shared": "yes", "query": QUERY}).status_code == 404
    other.post(f"/explore/saved/{query}/delete")
    assert _ids(owner) == [query]
    assert other.post("/explore/saved/nothing/delete").status_code == 200


def test_what_is_deleted_in_one_tab_is_said_in_the_other(sign_in):
    tab = sign_in("analyst")
    _save(tab)
    [query] = _ids(tab)
    assert tab.post(f"/explore/saved/{query}/delete").status_code == 200
    assert tab.post(f"/explore/saved/{query}/delete").status_code == 200
    answer = tab.post(f"/explore/saved/{query}/share", {"shared": "yes", "query": QUERY})
    assert answer.status_code == 404
    assert "deleted in another tab" in answer.text


def test_a_tool_keeps_its_own_queries(sign_in):
    tool = sign_in("analyst", scopes=["insights/explore"])
    assert "Reach by team" in _save(tool).text
    assert _ids(sign_in("analyst")) == []


@pytest.mark.parametrize(
    ("name", "query", "rule"),
    [
        ("", QUERY, "needs a name of 1 to 80 letters"),
        ("x" * 81, QUERY, "needs a name of 1 to 80 letters"),
        ("Reach", "figure=nothing", "There is no figure"),
        ("Reach", "", "There is no figure"),
        ("Reach", f"figure=reach&is={'x' * 2000}", "at most 2000 are kept"),
    ],
)
def test_what_cannot_be_saved_is_refused_with_a_reason(sign_in, name, query, rule):
    visitor = sign_in("analyst")
    answer = _save(visitor, name, query)
    assert answer.status_code == 400
    assert rule in answer.text
    assert _ids(visitor) == []


def test_only_those_who_explore_save_queries(sign_in):
    assert _save(sign_in("learner")).status_code == 403


def test_the_browser_goes_back_to_a_form_that_still_works(sign_in, company, open_page):
    page = open_page(f"/explore?{QUERY}", sign_in("analyst"))
    for name in ("First", "Second"):
        page.get_by_label("Save this query as").fill(name)
        page.get_by_role("button", name="Save", exact=True).click()
        page.get_by_role("link", name=name).wait_for()
        page.go_back()
    page.reload()
    assert page.locator("#saved li > a").all_inner_texts() == ["Second", "First"]
    assert page.complaints == []


def test_what_somebody_saved_is_exported_and_goes_with_them(sign_in, database, store):
    owner = sign_in("analyst", learner="mbox|mailto:hugo@acme.example")
    _save(owner, "Mine to take along")
    with zipfile.ZipFile(io.BytesIO(owner.get("/my-data/export.zip").content)) as export:
        assert b"Mine to take along" in export.read("saved_queries.ndjson")
    person = person_of(database, store.id, "mbox|mailto:hugo@acme.example")
    [declared] = [one for one in personal(DECLARATIONS) if one.collection == "saved_queries"]
    assert declared.find(database, person) == 1
    assert declared.erase(database, Erasing(person, "nobody")) == 1
    assert _ids(owner) == []
