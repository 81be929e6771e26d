"""Search over HTTP: nuggets with facets, people who agreed, and what is searched in vain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.personas import find_persona, set_choices
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry

PATH = "/recommendations/search"
DAY_US = 86_400_000_000


@pytest.fixture
def nuggets(database: Database, store: Store) -> None:
    for name, values in {
        "joins": {"title": {"en": "SQL joins"}, "format": "video", "duration": "PT10M", "skills": ["sql"]},
        "views": {"title": {"en": "SQL views"}, "format": "text", "duration": "PT40M", "skills": ["sql"]},
        "old": {"title": {"en": "SQL of old"}, "valid_until": "2020-01-01T00:00:00Z"},
        "secret": {"title": {"en": "SQL hidden"}, "hidden": True},
    }.items():
        put_entry(database, store.id, "nuggets", f"https://acme.example/{name}", values)


def found(body: dict[str, Any]) -> list[str]:
    return [one["activity"]["id"].rsplit("/", 1)[-1] for one in body["nuggets"]]


def test_open_nuggets_are_found_with_facets_and_skills(client: Any, nuggets: None) -> None:
    body = client.get(PATH, params={"text": "sql"}).json()
    assert (found(body), body["total"], body["people"]) == (["joins", "views"], 2, [])
    assert {one["value"] for one in body["facets"]["format"]} == {"video", "text"}
    assert body["skills"] == [{"skill": "sql", "label": "sql", "nuggets": 2}]
    assert body["nuggets"][0]["activity"]["definition"]["name"] == {"en": "SQL joins"}


def test_filters_and_pages_narrow_what_is_found(client: Any, nuggets: None) -> None:
    assert found(client.get(PATH, params={"text": "sql", "max_minutes": "15"}).json()) == ["joins"]
    first = client.get(PATH, params={"text": "sql", "limit": "1"}).json()
    second = client.get(first["more"]).json()
    assert (found(first), found(second), second["more"]) == (["joins"], ["views"], "")


def test_only_people_who_agreed_are_found(
    client: Any, database: Database, store: Store, act: Any, post: Any, sync: Any, params: Any, nuggets: None
) -> None:
    post([act(name, "completed", item) for name in ("ben", "cem", "ann") for item in ("joins", "views")])
    sync()
    assert client.get(PATH, params=params(text="sql")).json()["people"] == []
    set_consent(database, store, "peer", "opt_out")
    set_choices(database, store.id, "mbox|mailto:cem@acme.example", {"peer": False})
    people = client.get(PATH, params=params(text="sql")).json()["people"]
    assert [one["agent"]["mbox"] for one in people] == ["mailto:ben@acme.example"]


def test_what_a_counted_learner_searches_for_is_kept_for_90_days(
    client: Any,
    database: Database,
    store: Store,
    act: Any,
    post: Any,
    sync: Any,
    params: Any,
    nuggets: None,
    wait: Callable[..., Any],
) -> None:
    post([act(name, "completed", "joins") for name in ("ann", "ben")])
    sync()
    set_choices(database, store.id, "mbox|mailto:ben@acme.example", {"figures": False})
    for name, text in (("ann", " Kubernetes "), ("ann", "sql"), ("ben", "kubernetes"), ("zoe", "sql")):
        assert client.get(PATH, params=params(name, text=text)).status_code == 200
    client.get(PATH, params={"text": "nobody"})
    rows = wait(lambda: database.collection("searches", store.id).find({}), lambda rows: len(rows) >= 2)
    ann = find_persona(database, store.id, "mbox|mailto:ann@acme.example")
    assert {(row["persona"], row["term"], row["found"]) for row in rows} == {
        (ann, "kubernetes", False),
        (ann, "sql", True),
    }
    assert all(89 * DAY_US < row["expires"].timestamp() * 1e6 - row["at"] < 91 * DAY_US for row in rows)


@pytest.mark.parametrize(
    ("more", "path"), [({}, "text"), ({"text": " "}, "text"), ({"text": "x", "skip": "-1"}, "skip")]
)
def test_a_search_for_nothing_is_refused(client: Any, more: dict[str, str], path: str) -> None:
    response = client.get(PATH, params=more)
    assert (response.status_code, response.json()["path"]) == (400, path)
