from __future__ import annotations

import json
import time
from collections import Counter
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest

from schemas.compiled import check_statements
from schemas.versions import XAPI_1_0_3, XAPI_2_0_0
from scripts.demo import Organisation, generate_statements, named_learners
from scripts.demo import vocabulary as words
from scripts.demo.communities import gather
from scripts.demo.statements import duration_of

FORMAL = {words.FORMATS[name].activity_type for name in ("course", "module", "quiz")}
SOCIAL = {
    words.VERBS[name][0]
    for name in (
        "asked",
        "answered",
        "commented",
        "liked",
        "unliked",
        "shared",
        "followed",
        "unfollowed",
        "mentored",
    )
}


def _with_verb(statements: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    iris = {words.VERBS[name][0] for name in names}
    return [statement for statement in statements if statement["verb"]["id"] in iris]


def _type_of(statement: dict[str, Any]) -> str:
    return str(statement["object"].get("definition", {}).get("type", ""))


def _kinds(statements: list[dict[str, Any]]) -> Counter[str]:
    social = [statement for statement in statements if statement["verb"]["id"] in SOCIAL]
    others = [statement for statement in statements if statement["verb"]["id"] not in SOCIAL]
    formal = sum(_type_of(statement) in FORMAL for statement in others)
    return Counter(formal=formal, informal=len(others) - formal, social=len(social))


def test_same_arguments_give_the_same_bytes(until: datetime) -> None:
    first = json.dumps(list(generate_statements(7, 60, 3, until=until)))
    assert first == json.dumps(list(generate_statements(7, 60, 3, until=until)))


def test_other_seeds_give_other_ids(until: datetime) -> None:
    first = {statement["id"] for statement in generate_statements(7, 20, 1, until=until)}
    assert first.isdisjoint(statement["id"] for statement in generate_statements(8, 20, 1, until=until))


@pytest.mark.parametrize("rules", [XAPI_1_0_3, XAPI_2_0_0], ids=lambda rules: str(rules.name))
def test_all_statements_are_valid_xapi(statements: list[dict[str, Any]], rules: Any) -> None:
    check_statements(statements, rules)


def test_default_is_about_thirty_thousand_statements(statements: list[dict[str, Any]]) -> None:
    assert 25_000 <= len(statements) <= 35_000


def test_default_takes_a_few_seconds(until: datetime) -> None:
    started = time.process_time()
    list(generate_statements(until=until))
    assert time.process_time() - started < 5


def test_ids_are_unique_uuids(statements: list[dict[str, Any]]) -> None:
    ids = [statement["id"] for statement in statements]
    assert len(set(ids)) == len(ids)
    assert {UUID(text).version for text in ids} == {5}


def test_timestamps_ascend_up_to_the_end(statements: list[dict[str, Any]]) -> None:
    moments = [statement["timestamp"] for statement in statements]
    assert moments == sorted(moments)
    assert moments[-1] <= "2026-03-20T09:30:00.000Z"
    assert moments[-1] >= "2026-03-19"


def test_every_verb_is_used_and_displayed(
    organisation: Organisation, statements: list[dict[str, Any]], until: datetime
) -> None:
    used = {statement["verb"]["id"] for statement in statements}
    used |= {words.VERBS[act.verb][0] for act in gather(organisation, until)}
    assert used == {iri for iri, _, _ in words.VERBS.values()} - {words.VERBS["disliked"][0]}
    assert all(statement["verb"]["display"]["en"] for statement in statements)


def test_formal_informal_and_social_all_have_their_share(statements: list[dict[str, Any]]) -> None:
    kinds = _kinds(statements)
    shares = {kind: count / len(statements) for kind, count in kinds.items()}
    assert 0.4 < shares["formal"] < 0.6
    assert 0.25 < shares["informal"] < 0.45
    assert 0.1 < shares["social"] < 0.25


def test_nuggets_in_all_languages_are_used(statements: list[dict[str, Any]]) -> None:
    used = Counter(
        next(iter(statement["object"]["definition"]["name"]))
        for statement in _with_verb(statements, "completed")
    )
    assert all(used[language] >= 30 for language in ("en", "es", "ca", "de", "fr"))


def test_learners_carry_team_role_skills_and_language(statements: list[dict[str, Any]]) -> None:
    for statement in _with_verb(statements, "completed", "liked", "followed", "searched"):
        context = statement["context"]
        assert context["team"]["objectType"] == "Group"
        assert context["extensions"][words.ROLE]
        assert len(context["extensions"][words.SKILLS]) >= 2
        assert context["language"] in {"en", "es", "ca", "de", "fr"}


def test_nuggets_carry_the_features_of_the_shared_vocabulary(statements: list[dict[str, Any]]) -> None:
    wanted = {words.SKILLS, words.FORMAT, words.LANGUAGE, words.DURATION, words.LEVEL}
    for statement in _with_verb(statements, "completed", "asked", "viewed"):
        definition = statement["object"]["definition"]
        assert wanted == set(definition["extensions"])
        assert next(iter(definition["name"])) == definition["extensions"][words.LANGUAGE]


def test_units_name_their_course_and_share_its_registration(statements: list[dict[str, Any]]) -> None:
    registered = {
        statement["context"]["registration"]: statement["object"]["id"]
        for statement in _with_verb(statements, "registered")
    }
    for statement in _with_verb(statements, "initialized", "passed", "failed"):
        context = statement["context"]
        assert context["contextActivities"]["parent"][0]["id"] == registered[context["registration"]]


def test_player_events_carry_session_time_and_progress(statements: list[dict[str, Any]]) -> None:
    for statement in _with_verb(statements, "paused"):
        assert statement["context"]["extensions"][words.VIDEO_EXTENSIONS + "session-id"]
        told = statement["result"]["extensions"]
        assert 0 < told[words.VIDEO_EXTENSIONS + "progress"] <= 1
        assert told[words.VIDEO_EXTENSIONS + "time"] > 0


def test_answers_say_whose_question_it_was(statements: list[dict[str, Any]]) -> None:
    answers = _with_verb(statements, "answered")
    assert len(answers) >= 50
    assert all("objectType" in answer["context"]["extensions"][words.ADDRESSED_TO] for answer in answers)


def test_people_are_followed_and_mentored_as_agents(statements: list[dict[str, Any]]) -> None:
    ties = _with_verb(statements, "followed", "mentored", "unfollowed")
    assert {tie["object"]["objectType"] for tie in ties} == {"Agent"}
    assert not any("platform" in tie["context"] for tie in ties)


def test_searches_say_what_was_looked_for(statements: list[dict[str, Any]]) -> None:
    assert all(search["result"]["response"] for search in _with_verb(statements, "searched"))


def test_a_handful_of_statements_is_voided_after_it_was_made(statements: list[dict[str, Any]]) -> None:
    number = {statement["id"]: place for place, statement in enumerate(statements)}
    voiding = _with_verb(statements, "voided")
    assert 3 <= len(voiding) <= 10
    assert all(number[statement["object"]["id"]] < number[statement["id"]] for statement in voiding)


def test_named_learners_have_histories_of_their_own(
    statements: list[dict[str, Any]], organisation: Organisation
) -> None:
    agents = [learner.agent for learner in named_learners(organisation)]
    counts = [sum(statement["actor"] == agent for statement in statements) for agent in agents]
    assert counts[0] > counts[1] > counts[2] >= 10


@pytest.mark.parametrize("months", [1, 12])
def test_other_lengths_and_sizes_work(until: datetime, months: int) -> None:
    small = list(generate_statements(3, 12, months, until=until))
    check_statements(small, XAPI_1_0_3)
    assert len({json.dumps(statement["actor"]) for statement in small}) >= 8


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "PT0S"), (30.5, "PT30.5S"), (720, "PT12M"), (90.25, "PT1M30.25S"), (5400, "PT90M")],
)
def test_durations_are_iso_8601(seconds: float, text: str) -> None:
    assert duration_of(seconds) == text
