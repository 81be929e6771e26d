from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.json_text import dump_json

ANN = {"mbox": "mailto:ann@acme.example"}
PATHS = ["/recommendations/nuggets", "/recommendations/peers", "/recommendations/peers/choice"]


def _params(agent: Any = ANN, **more: str) -> dict[str, str]:
    return {"agent": dump_json(agent).decode(), **more}


def test_nuggets_are_answered_over_http(
    client: Any, act: Callable[..., dict[str, Any]], agent: Callable[[str], dict[str, Any]]
) -> None:
    statements = [act(name, "completed", item) for name, item in (("ann", "a"), ("ben", "a"), ("ben", "b"))]
    assert client.post("/xapi/statements", json=statements).status_code == 200
    wanted = ["https://acme.example/b"]
    found: list[str] = []
    for _ in range(100):
        response = client.get("/recommendations/nuggets", params=_params(agent("ann"), limit="5"))
        found = [one["activity"]["id"] for one in response.json()["recommendations"]]
        if found == wanted:
            break
    assert found == wanted
    body = response.json()
    assert body["model"] is None
    assert body["agent"]["mbox"] == "mailto:ann@acme.example"
    assert body["recommendations"][0]["rank"] == 1
    assert body["recommendations"][0]["activity"]["definition"]["name"]["en"] == "About b"
    assert body["recommendations"][0]["reasons"]
    assert response.headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("path", PATHS)
def test_an_empty_store_answers_politely(client: Any, path: str) -> None:
    assert client.get(path, params=_params()).status_code == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"agent": "ann"},
        {"agent": "{}"},
        {"agent": '{"mbox":"ann"}'},
        _params(limit="0"),
        _params(limit="1000"),
        _params(limit="many"),
        _params(colour="red"),
    ],
)
def test_a_bad_query_is_refused_in_the_one_shape(client: Any, path: str, params: dict[str, str]) -> None:
    response = client.get(path, params=params)
    assert response.status_code == 400
    assert set(response.json()) == {"code", "message", "path", "rule"}


@pytest.mark.parametrize("path", PATHS)
def test_a_credential_is_needed(client: Any, path: str) -> None:
    assert client.get(path, params=_params(), auth=("wrong", "secret")).status_code == 401


@pytest.mark.parametrize("path", PATHS)
def test_the_credential_needs_the_scope(make_client: Callable[..., Any], path: str) -> None:
    assert make_client("statements/write").get(path, params=_params()).status_code == 403


def test_a_learner_chooses(client: Any) -> None:
    path = "/recommendations/peers/choice"
    assert client.get(path, params=_params()).json() == {
        "suggest_me": None,
        "store": "opt_in",
        "is_suggested": False,
    }
    for choice in (True, False, None):
        put = client.put(path, params=_params(), json={"suggest_me": choice})
        assert put.json()["suggest_me"] is choice
        assert client.get(path, params=_params()).json() == put.json()


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"suggest_me": 1}', b'{"suggest_me": true, "x": 1}', b"{"]
)
def test_a_bad_choice_is_refused(client: Any, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.put("/recommendations/peers/choice", params=_params(), data=body, headers=headers)
    assert response.status_code == 400


def test_reading_is_not_choosing(make_client: Callable[..., Any]) -> None:
    reader = make_client("recommendations/read")
    response = reader.put("/recommendations/peers/choice", params=_params(), json={"suggest_me": True})
    assert response.status_code == 403
