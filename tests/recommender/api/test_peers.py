from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store, set_consent
from lrs.storage.database import Database
from schemas.json_text import dump_json

PATH = "/recommendations/peers"
ANN = {"mbox": "mailto:ann@acme.example"}


def _params(agent: Any, **more: str) -> dict[str, str]:
    return {"agent": dump_json(agent).decode(), **more}


def test_people_are_answered_with_reasons_in_the_language_asked_for(
    database: Database,
    client: Any,
    store: Store,
    act: Callable[..., dict[str, Any]],
    post: Any,
    sync: Any,
    agent: Any,
) -> None:
    set_consent(database, store, "peer", "opt_out")
    post([act("ben", "mentored", agent("ann"))])
    sync()
    body = client.get(PATH, params=_params(agent("ann"), answer_language="fr")).json()
    assert (body["model"], body["more"]) == (None, "")
    (found,) = body["recommendations"]
    assert found["agent"]["mbox"] == "mailto:ben@acme.example"
    assert found["reasons"] == ["Vous a accompagné dans un mentorat"]
    assert "persona" not in found
    catalan = client.get(PATH, params=_params(agent("ann")), headers={"Accept-Language": "ca"}).json()
    assert catalan["recommendations"][0]["reasons"] == ["Us ha acompanyat en una mentoria"]


def test_what_is_shown_is_noted(
    client: Any, store: Store, database: Any, act: Any, post: Any, sync: Any, agent: Any, wait: Any
) -> None:
    set_consent(database, store, "peer", "opt_out")
    post([act("ben", "mentored", agent("ann"))])
    sync()
    client.get(PATH, params=_params(agent("ann")))
    impressions = database.collection("impressions", store.id)
    rows = wait(lambda: impressions.find({"kind": "peers"}), bool)
    assert [len(row["shown"]) for row in rows] == [1]


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"team": "mine"}, "team"),
        ({"topic": " "}, "topic"),
        ({"topic": "x" * 201}, "topic"),
        ({"answer_language": "tlh"}, "answer_language"),
    ],
)
def test_a_bad_wish_is_refused_with_what_may_be_sent(
    client: Any, agent: Any, more: dict[str, str], path: str
) -> None:
    response = client.get(PATH, params=_params(agent("ann"), **more))
    assert response.status_code == 400
    assert response.json()["path"] == path
    assert "send" in response.json()["message"]


def test_a_next_page_is_an_address(
    database: Database,
    client: Any,
    store: Store,
    act: Callable[..., dict[str, Any]],
    post: Any,
    sync: Any,
    agent: Any,
) -> None:
    set_consent(database, store, "peer", "opt_out")
    post([act(name, "mentored", agent("ann")) for name in ("ben", "cid")])
    sync()
    first = client.get(PATH, params=_params(agent("ann"), limit="1")).json()
    second = client.get(first["more"]).json()
    assert second["more"] == ""
    met = [one["agent"]["mbox"] for one in (*first["recommendations"], *second["recommendations"])]
    assert sorted(met) == ["mailto:ben@acme.example", "mailto:cid@acme.example"]
    assert client.get(PATH, params=_params(agent("ann"), more="!")).json()["path"] == "more"


CONSENTS = "/recommendations/consents"
PATHS = [PATH, CONSENTS]


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_store_answers_politely(client: Any, agent: Any, path: str) -> None:
    assert client.get(path, params=_params(agent("ann"))).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"agent": "ann"},
        {"agent": "{}"},
        {"agent": '{"mbox":"ann"}'},
        _params(ANN, colour="red"),
    ],
)
def test_a_bad_query_is_refused_in_the_one_shape(client: Any, path: str, params: dict[str, str]) -> None:
    response = client.get(path, params=params)
    assert response.status_code == 400
    assert set(response.json()) == {"code", "message", "path", "rule"}


@pytest.mark.parametrize("path", PATHS)
def test_a_credential_with_the_scope_is_needed(
    client: Any, make_client: Callable[..., Any], path: str
) -> None:
    assert client.get(path, params=_params(ANN), auth=("wrong", "secret")).status_code == 401
    assert make_client("statements/write").get(path, params=_params(ANN)).status_code == 403
