from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.personas import find_or_create_personas
from lrs.storage.database import Database
from recommender.storage.entries import change_entries, find_edition
from schemas.json_text import dump_json

PATH = "/recommendations/groups"
ANN = {"mbox": "mailto:ann@acme.example"}


def _params(**more: str) -> dict[str, str]:
    return {"agent": dump_json(ANN).decode(), **more}


@pytest.fixture
def learners(database: Database, store: Store, identifier: Callable[[str], str]) -> None:
    """Three people who want to learn Rust; everybody may be suggested, and Ann is known."""
    set_consent(database, store, "peer", "opt_out")
    names = ("ann", "ben", "cid", "dan")
    personas = find_or_create_personas(database, store.id, {identifier(name): None for name in names})
    entries = {str(one): {"goals": ["rust"]} for one in personas.values()}
    assert change_entries(
        database, store.id, "learners", find_edition(database, store.id, "learners"), entries
    )


@pytest.mark.usefixtures("learners")
@pytest.mark.parametrize("target", ["goal", "skill"])
def test_a_study_circle_is_answered_with_its_reasons(client: Any, target: str) -> None:
    body = client.get(PATH, params=_params(**{target: "Rust", "size": "4", "answer_language": "ca"})).json()
    assert (body["model"], body["towards"]) == (None, {target: "rust"})
    assert body["message"] == "Un grup d'estudi de 4 persones sobre rust"
    first, *others = body["members"]
    assert first == {"agent": ANN, "part": "asks", "reasons": []}
    assert [one["part"] for one in others] == ["learns"] * 3
    assert {one["reasons"][0] for one in others} == {"També vol aprendre rust"}
    assert "persona" not in others[0]


@pytest.mark.usefixtures("learners")
def test_members_shown_count_for_the_load_cap(client: Any, database: Any, store: Store, wait: Any) -> None:
    client.get(PATH, params=_params(goal="rust"))
    impressions = database.collection("impressions", store.id)
    rows = wait(lambda: impressions.find({"kind": "peers"}), bool)
    assert [len(row["shown"]) for row in rows] == [3]


def test_a_stranger_gets_no_study_circle(client: Any) -> None:
    body = client.get(PATH, params=_params(goal="rust")).json()
    assert (body["members"], body["message"][:7]) == ([], "A study")


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({}, "goal"),
        ({"goal": "a", "skill": "b"}, "skill"),
        ({"goal": " "}, "goal"),
        ({"goal": "a", "size": "2"}, "size"),
        ({"goal": "a", "size": "7"}, "size"),
        ({"goal": "a", "colour": "red"}, "colour"),
        ({"goal": "a", "answer_language": "tlh"}, "answer_language"),
    ],
)
def test_a_bad_query_is_refused_in_the_one_shape(client: Any, more: dict[str, str], path: str) -> None:
    response = client.get(PATH, params=_params(**more))
    assert response.status_code == 400
    assert set(response.json()) == {"code", "message", "path", "rule"}
    assert response.json()["path"] == path


def test_a_credential_with_the_scope_is_needed(client: Any, make_client: Callable[..., Any]) -> None:
    params = _params(goal="rust")
    assert client.get(PATH, params=params, auth=("wrong", "secret")).status_code == 401
    assert make_client("statements/write").get(PATH, params=params).status_code == 403
