"""The catalogue and the learners' data through a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests

from lrs.auth.stores import Store
from recommender.catalogue.encoder import find_encoder
from schemas.tables import ROWS_AT_ONCE

NUGGETS, ROLES, LABELS, LEARNERS = (
    "/recommendations/catalogue/nuggets",
    "/recommendations/catalogue/roles",
    "/recommendations/catalogue/labels",
    "/recommendations/learners",
)
JOINS = "https://acme.example/joins"
ANN = json.dumps({"mbox": "mailto:ann@acme.example"})
CSV = {"Content-Type": "text/csv"}
VALUES: dict[str, Any] = {
    "title": {"en": "Joins", "ca": "Unions"},
    "description": {"en": "How tables meet"},
    "format": "video",
    "modality": "informal",
    "duration": "PT45M",
    "level": "beginner",
    "language": "en",
    "skills": ["sql", "http://data.europa.eu/esco/skill/598de5b0-5b58-4ea7-8058-a4bc4d18c742"],
    "prerequisites": ["https://acme.example/tables"],
    "url": "https://acme.example/watch/joins",
    "owner": "Data Academy",
    "valid_until": "2099-01-01T00:00:00.000000Z",
    "hidden": True,
}
STEP: dict[str, Any] = {"within": "https://acme.example/c", "position": 3, "mastery": 0.8, "attempts": 2}
UNTAKEN = {"opened": 0, "completed": 0, "halfway": 0}


def _put(
    client: Any, path: str, values: Any, headers: dict[str, str] | None = None, **query: str
) -> requests.Response:
    answer: requests.Response = client.put(path, params=query, json=values, headers=headers or {})
    return answer


def test_a_nugget_is_kept_shown_changed_and_forgotten(client: Any) -> None:
    created = _put(client, NUGGETS, VALUES, {"If-None-Match": "*"}, activity=JOINS)
    assert created.status_code == 204
    found = client.get(NUGGETS, params={"activity": JOINS})
    assert found.headers["ETag"] == created.headers["ETag"]
    assert found.json() == {"activity": JOINS, "entered": VALUES, "shown": VALUES, "completion": UNTAKEN}
    assert _put(client, NUGGETS, {}, {"If-Match": '"other"'}, activity=JOINS).status_code == 412
    changed = _put(client, NUGGETS, {"level": ""}, {"If-Match": found.headers["ETag"]}, activity=JOINS)
    assert (changed.status_code, client.get(NUGGETS, params={"activity": JOINS}).json()["entered"]) == (
        204,
        {},
    )
    assert client.request("DELETE", NUGGETS, params={"activity": JOINS}).status_code == 204
    assert client.get(NUGGETS, params={"activity": JOINS}).status_code == 404
    assert client.request("DELETE", NUGGETS, params={"activity": JOINS}).status_code == 404


def test_learners_are_counted_in_steps_of_five_and_never_for_what_is_private(
    client: Any, act: Callable[..., Any], post: Callable[..., None], sync: Callable[..., Any], url: Any
) -> None:
    def completion() -> Any:
        return client.get(NUGGETS, params={"activity": url("a")}).json()["completion"]

    post([act(f"p{number}", "completed" if number < 4 else "launched", "a") for number in range(9)])
    sync()
    assert completion() == {"opened": 5, "completed": 0, "halfway": 0}
    post([act("p7", "completed", "a", 1), act("q", "completed", "a")])
    sync()
    assert completion() == {"opened": 10, "completed": 5, "halfway": 5}
    assert client.put(NUGGETS, params={"activity": url("a")}, json={"private": True}).status_code == 204
    assert completion() == {"opened": None, "completed": None, "halfway": None}


@pytest.mark.parametrize(
    ("values", "path", "said"),
    [
        ({"duration": "45 minutes"}, "duration", "ISO 8601"),
        ({"modality": "casual"}, "modality", '"formal" or "informal" or "social"'),
        ({"title": {"no tag": "x"}}, "title", "language tag"),
        ({"title": "Joins"}, "title", "object"),
        ({"skills": [f"tag {number}" for number in range(3_000)]}, "skills", "at most 50"),
        ({"skills": ["x" * 201]}, "skills", "200 characters"),
        ({"prerequisites": ["joins"]}, "prerequisites", "IRI"),
        ({"prerequisites": [JOINS]}, "prerequisites", "of each other"),
        ({"url": "joins"}, "url", "IRI"),
        ({"valid_until": "2026-02-30"}, "valid_until", "date"),
        ({"hidden": "yes"}, "hidden", "true or false"),
        ({"colour": "red"}, "colour", "no property"),
        ([1], "", "JSON object"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(
    client: Any, values: Any, path: str, said: str
) -> None:
    answer = _put(client, NUGGETS, values, activity=JOINS)
    assert (answer.status_code, answer.json()["path"]) == (400, path)
    assert said in answer.json()["message"]
    assert client.get(NUGGETS, params={"activity": JOINS}).status_code == 404


def test_what_makes_a_nugget_a_step_of_a_course_is_kept_in_json_and_csv(client: Any) -> None:
    assert _put(client, NUGGETS, STEP, activity=JOINS).status_code == 204
    assert client.get(NUGGETS, params={"activity": JOINS}).json()["shown"] == STEP
    table = client.get(NUGGETS, headers={"Accept": "text/csv"}).content
    assert client.post(NUGGETS, data=table, headers=CSV).json() == {"written": 1}
    assert client.get(NUGGETS, params={"activity": JOINS}).json()["entered"] == STEP
    refused = _put(client, NUGGETS, {**STEP, "mastery": 80}, activity=JOINS)
    assert (refused.status_code, refused.json()["path"]) == (400, "mastery")


def test_nuggets_are_listed_in_pages_by_what_they_are(client: Any) -> None:
    lines = [
        f"https://acme.example/n{number},Nugget {number},{'sql' if number % 2 else 'git'}"
        for number in range(9)
    ]
    text = "\n".join(["activity,title_en,skills", *lines])
    assert client.post(NUGGETS, data=text.encode(), headers=CSV).json() == {"written": 9}
    page = client.get(NUGGETS, params={"limit": 2, "skill": "SQL"}).json()
    assert [one["activity"][-2:] for one in page["nuggets"]] == ["n1", "n3"]
    page = client.get(page["more"]).json()
    assert [one["activity"][-2:] for one in page["nuggets"]] == ["n5", "n7"]
    assert page["more"] == ""
    assert len(client.get(NUGGETS, params={"text": "nugget 8"}).json()["nuggets"]) == 1
    assert client.get(NUGGETS, params={"hidden": "true"}).json()["nuggets"] == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"activity,colour\nhttps://a.example/x,red\n", "there is no column 'colour'"),
        (b"title_en\nJoins\n", "'activity' is missing"),
        (b"", "'activity' is missing"),
        (b"activity,title_en\nhttps://a.example/x,a,b\n", "line 2, 3 cells"),
        (b"activity,duration\nhttps://a.example/x,PT1H\nhttps://a.example/y,1h\n", "line 3, duration"),
        (b"activity,title_en\nhttps://a.example/x,\xff\n", "line 2 is not UTF-8"),
        (b'activity,title_en\nhttps://a.example/x,"open\n', "cannot be read"),
        (b"activity\nhttps://a.example/x\nhttps://a.example/x\n", "in line 2 already"),
        (b"activity,title_en\n,Joins\n", "is empty"),
        (b"activity,hidden\nhttps://a.example/x,maybe\n", "true or false"),
        (b"activity,valid_until\nhttps://a.example/x,soon\n", "date"),
    ],
)
def test_a_csv_that_makes_no_sense_is_refused_whole(client: Any, body: bytes, said: str) -> None:
    answer = client.post(NUGGETS, data=body, headers=CSV)
    assert answer.status_code == 400
    assert said in answer.json()["message"]
    assert client.get(NUGGETS).json()["nuggets"] == []


def test_the_export_can_be_imported(client: Any) -> None:
    _put(client, NUGGETS, VALUES, activity=JOINS)
    exported = client.get(NUGGETS, headers={"Accept": "text/csv"})
    assert exported.headers["Content-Type"] == "text/csv; charset=utf-8"
    client.request("DELETE", NUGGETS, params={"activity": JOINS})
    assert client.post(NUGGETS, data=exported.content, headers=CSV).json() == {"written": 1}
    assert client.get(NUGGETS, params={"activity": JOINS}).json()["entered"] == VALUES


def test_roles_are_kept_and_forgotten_whatever_their_case(client: Any) -> None:
    assert _put(client, ROLES, {"skills": {"SQL": 2}}, name="Data Analyst").status_code == 204
    found = client.get(ROLES, params={"name": "data analyst"})
    assert found.json() == {"name": "Data Analyst", "skills": {"sql": 2}}
    assert client.get(ROLES).json() == {"roles": [found.json()]}
    assert client.request("DELETE", ROLES, params={"name": "DATA ANALYST"}).status_code == 204
    assert client.get(ROLES).json() == {"roles": []}


def test_labels_are_kept_by_language_and_imported_as_a_column_each(client: Any) -> None:
    assert _put(client, LABELS, {"label": {"de": "Datenmodelle"}}, name="Data-Modelling").status_code == 204
    found = client.get(LABELS, params={"name": "data-modelling"})
    assert found.json() == {"name": "Data-Modelling", "label": {"de": "Datenmodelle"}}
    table = b"name,label_de,label_ca\nsql,SQL-Abfragen,consultes SQL\n"
    assert client.post(LABELS, data=table, headers=CSV).json() == {"written": 1}
    listed = client.get(LABELS).json()["labels"]
    assert {one["name"]: one["label"] for one in listed} == {
        "Data-Modelling": {"de": "Datenmodelle"},
        "sql": {"de": "SQL-Abfragen", "ca": "consultes SQL"},
    }
    assert "label_de" in client.get(LABELS, headers={"Accept": "text/csv"}).text
    assert client.request("DELETE", LABELS, params={"name": "SQL"}).status_code == 204
    refused = _put(client, LABELS, {"label": {"de": ""}}, name="sql")
    assert (refused.status_code, refused.json()["path"]) == (400, "label")


def test_learners_are_entered_told_by_their_profile_and_seen_in_statements(client: Any) -> None:
    profile = {"agent": ANN, "profileId": "https://learnerprise.org/xapi/profiles/learner"}
    told = {"role": "Analyst", "goals": ["python"], "languages": ["ca", "en"]}
    assert client.put("/xapi/agents/profile", params=profile, json=told, headers={"If-None-Match": "*"}).ok
    assert client.get(LEARNERS, params={"agent": ANN}).json()["known"] == told
    assert _put(client, LEARNERS, {"role": "Engineer", "skills": ["SQL"]}, agent=ANN).status_code == 204
    found = client.get(LEARNERS, params={"agent": ANN}).json()
    assert found["entered"] == {"role": "Engineer", "skills": ["sql"]}
    assert found["known"] == {**told, "role": "Engineer", "skills": ["sql"]}
    assert client.get(LEARNERS, headers={"Accept": "text/csv"}).text.splitlines()[1].startswith("mailto:ann@")
    assert client.request("DELETE", LEARNERS, params={"agent": ANN}).status_code == 204
    assert client.get(LEARNERS, params={"agent": ANN}).json()["known"] == told


def test_a_csv_of_learners_is_entered(client: Any) -> None:
    body = b"agent,team,goals\nann@acme.example,Data,Analyst|sql\n"
    assert client.post(LEARNERS, data=body, headers=CSV).json() == {"written": 1}
    known = client.get(LEARNERS, params={"agent": ANN}).json()["known"]
    assert known == {"team": "Data", "goals": ["analyst", "sql"]}


def test_learners_are_listed_in_pages(client: Any) -> None:
    rows = [f"learner{number}@acme.example,Data" for number in range(7)]
    body = "\n".join(["agent,team", *rows]).encode()
    assert client.post(LEARNERS, data=body, headers=CSV).json() == {"written": 7}
    address, pages = f"{LEARNERS}?limit=3", []
    while address:
        answer = client.get(address).json()
        pages.append([row["agent"] for row in answer["learners"]])
        address = answer["more"]
    assert [len(page) for page in pages] == [3, 3, 1]
    assert sorted(agent for page in pages for agent in page) == [
        f"mailto:learner{number}@acme.example" for number in range(7)
    ]
    assert len(client.get(LEARNERS).json()["learners"]) == 7


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "501"}, {"limit": "x"}, {"most": "1"}])
def test_a_page_of_learners_that_cannot_be_is_refused(client: Any, query: dict[str, str]) -> None:
    assert client.get(LEARNERS, params=query).status_code == 400


def test_a_long_csv_of_learners_is_exported_whole(client: Any) -> None:
    count = 2 * ROWS_AT_ONCE + 1
    body = "\n".join(["agent,team", *[f"learner{number}@acme.example,Data" for number in range(count)]])
    assert client.post(LEARNERS, data=body.encode(), headers=CSV).json() == {"written": count}
    exported = client.get(LEARNERS, headers={"Accept": "text/csv"})
    assert "Content-Length" not in exported.headers
    lines = exported.text.splitlines()
    assert lines[0].startswith("agent,team,")
    assert len(lines) == len(set(lines)) == count + 1
    assert client.post(LEARNERS, data=exported.content, headers=CSV).json() == {"written": count}


def test_an_export_of_no_learners_is_a_header(client: Any) -> None:
    assert client.get(LEARNERS, headers={"Accept": "text/csv"}).text.splitlines() == [
        "agent,team,role,site,skills,goals,languages,name"
    ]


def test_each_scope_opens_its_door_only(make_client: Callable[..., Any]) -> None:
    reader = make_client("catalogue/read", "learners/read")
    writer = make_client("catalogue/write", "learners/write")
    for path, query in ((NUGGETS, {"activity": JOINS}), (ROLES, {"name": "A"}), (LEARNERS, {"agent": ANN})):
        assert reader.put(path, params=query, json={}).status_code == 403
        assert writer.put(path, params=query, json={}).status_code == 204
        assert writer.get(path).status_code == 403
        assert reader.get(path).status_code == 200


def test_another_store_sees_nothing(client: Any, make_client: Callable[..., Any], other_store: Store) -> None:
    _put(client, NUGGETS, VALUES, activity=JOINS)
    stranger = make_client(of=other_store)
    assert stranger.get(NUGGETS).json()["nuggets"] == []
    assert stranger.get(NUGGETS, params={"activity": JOINS}).status_code == 404


@pytest.mark.skipif(find_encoder() is None, reason="needs the extra semantic")
def test_a_search_finds_what_a_title_means_in_another_language(client: Any, wait: Callable[..., Any]) -> None:
    for name, title in {"fire": "Fire safety at work", "books": "Basics of accounting"}.items():
        _put(
            client,
            NUGGETS,
            {"title": {"en": title}},
            {"If-None-Match": "*"},
            activity=f"https://x.example/{name}",
        )

    def search() -> list[str]:
        answer = client.get(NUGGETS, params={"text": "Brandschutz am Arbeitsplatz"})
        return [one["activity"] for one in answer.json()["nuggets"]]

    assert wait(search, bool) == ["https://x.example/fire"]
