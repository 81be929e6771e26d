"""What a learner agrees to, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from schemas.consents import KINDS
from schemas.json_text import dump_json

PATH = "/recommendations/consents"
ANN = {"mbox": "mailto:ann@acme.example"}
WHO = {"agent": dump_json(ANN).decode()}


def _by_kind(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.text
    return {one["kind"]: one for one in answer.json()["consents"]}


def test_a_learner_chooses_by_kind_and_takes_back(client: Any) -> None:
    before = _by_kind(client.get(PATH, params=WHO))
    assert tuple(before) == KINDS
    assert (before["peer"]["choice"], before["peer"]["store"], before["peer"]["is_allowed"]) == (
        None,
        "opt_in",
        False,
    )
    for choice, allowed in ((True, True), (False, False), (None, False)):
        put = client.put(PATH, params=WHO, json={"peer": choice})
        found = _by_kind(put)["peer"]
        assert (found["choice"], found["is_allowed"]) == (choice, allowed)
        assert (found["chosen"] is None) is (choice is None)
        assert client.get(PATH, params=WHO).json() == put.json()
    assert _by_kind(client.put(PATH, params=WHO, json={"name": False}))["name"]["is_allowed"] is False


@pytest.mark.parametrize("language", ["en", "ca", "es", "de", "fr"])
def test_words_and_purpose_are_in_the_language_asked_for(client: Any, language: str) -> None:
    answer = client.get(PATH, params={**WHO, "answer_language": language})
    assert answer.headers["Content-Language"] == language
    texts = [one[name] for one in answer.json()["consents"] for name in ("words", "purpose")]
    assert len(set(texts)) == 2 * len(KINDS)


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"peer": 1}', b'{"peer": true, "shoe_size": true}', b"{"]
)
def test_a_bad_choice_is_refused_and_changes_nothing(client: Any, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    response = client.put(PATH, params=WHO, data=body, headers=headers)
    assert response.status_code == 400
    assert _by_kind(client.get(PATH, params=WHO))["peer"]["choice"] is None


def test_reading_is_not_choosing(make_client: Callable[..., Any]) -> None:
    reader = make_client("recommendations/read")
    assert reader.put(PATH, params=WHO, json={"peer": True}).status_code == 403
