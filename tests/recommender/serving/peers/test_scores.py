from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.interactions.history import History, Positive
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.serving.nuggets.candidates import Candidates
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.scores import Scores
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.peers.scores import (
    About,
    CommonGround,
    PeerScores,
    common_ground,
    score_about,
    score_peers,
)
from recommender.serving.peers.social_evidence import SocialEvidence
from recommender.serving.peers.topics import find_topic
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.knowledge import Knowledge
from recommender.serving.state.learners import Learner
from recommender.serving.state.nugget_table import build_columns
from recommender.serving.state.people import build_people
from recommender.serving.state.subjects import Subjects
from recommender.storage.acts_between import ActsBetween
from recommender.storage.user_features import UserFeatures

NOTHING_MET = SocialEvidence({}, {})


@pytest.fixture
def model(make_dataset: Callable[..., Dataset]) -> TrainedModel:
    """Nuggets a to d; u took all: 1 is taken, 2 is completed."""
    taken = {"u": ["a", "b", "c", "d"], "v": ["a", "b"]}
    return train(make_dataset(taken), TrainingSettings(dimensions=4, epochs=1))


def _ground(model: TrainedModel, known: list[int], scores: PeerScores) -> CommonGround:
    matrix = model.known.tolil()
    matrix[0, :] = np.array([known], dtype=np.uint8)
    return common_ground(replace(model, known=matrix.tocsr()), scores, 0)


def _scores(need: list[float], own: list[float], completed: str = "") -> PeerScores:
    mask = np.array([item in completed for item in "abcd"])
    return PeerScores(np.zeros(2), np.array(need), np.array(own), mask, frozenset(), frozenset())


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ([2, 2, 0, 0], CommonGround(1, True)),
        ([2, 1, 0, 0], CommonGround(0, True)),
        ([1, 1, 0, 0], CommonGround(1, False)),
        ([0, 0, 2, 2], CommonGround()),
    ],
)
def test_a_peer_teaches_what_was_completed_before_what_was_only_taken(
    model: TrainedModel, known: list[int], expected: CommonGround
) -> None:
    assert _ground(model, known, _scores([1, 2, 0, 0], [0, 0, 0, 0])) == expected


@pytest.mark.parametrize(
    ("known", "completed", "shares", "both"),
    [
        ([2, 2, 0, 0], "a", 0, True),
        ([1, 2, 0, 0], "a", 1, False),
        ([1, 1, 0, 0], "ab", 1, False),
        ([0, 0, 2, 2], "cd", None, False),
    ],
)
def test_both_completed_only_what_both_did(
    model: TrainedModel, known: list[int], completed: str, shares: int | None, both: bool
) -> None:
    found = _ground(model, known, _scores([0, 0, 0, 0], [1, 2, 0, 0], completed=completed))
    assert (found.shares, found.both_completed) == (shares, both)


def _scored(features: UserFeatures, wants: dict[str, Want] | None = None) -> ScoredCatalogue:
    """Nobody trained yet: what counts are skills and acts."""
    joins = Nugget("https://acme.example/joins", {"en": "Joining tables"}, skills=("sql",))
    one = np.ones(1)
    snapshot = CatalogueSnapshot(
        build_columns([joins]), popularity=one, learner_counts=one, popular_from=3.0, vectors=np.zeros((1, 1))
    )
    nothing = np.zeros(1, dtype=bool)
    scores = Scores(np.zeros(1), np.zeros(0), (), lambda items: [() for _ in items])
    learner = Learner(None, (), History((Positive("x", 1, 1.0, "completed"),)), features)
    candidates = Candidates(nothing, ~nothing, nothing)
    return ScoredCatalogue(snapshot, learner, candidates, scores, wants or {}, nothing)


def _best(features: dict[str, UserFeatures], own: UserFeatures, **more: Any) -> list[str]:
    people = build_people(features, (), (), more.get("acts", ()))
    scored = _scored(own, more.get("wants"))
    if "topic" in more:
        topic = find_topic(more["topic"], Subjects({}), people)
        about = About(more["topic"], topic, more.get("knowledge", Knowledge()))
        values = score_about(people, scored, NOTHING_MET, about).values
    else:
        values = score_peers(people, scored, NOTHING_MET).values
    return [people.personas[one] for one in np.argsort(-values, kind="stable") if values[one] > 0]


def test_a_person_with_the_skill_wanted_who_wants_one_of_mine_is_best() -> None:
    people = {
        "both": UserFeatures(skills=("sql",), goals=("python",)),
        "teaches": UserFeatures(skills=("sql",)),
        "learns": UserFeatures(goals=("python",)),
    }
    own = UserFeatures(skills=("Python",), goals=("sql",))
    assert _best(people, own, wants={"sql": Want("sql", 3)}) == ["both"]


def test_without_anything_to_offer_it_counts_what_others_can() -> None:
    people = {"teaches": UserFeatures(skills=("sql",)), "other": UserFeatures(skills=("go",))}
    assert _best(people, UserFeatures(), wants={"sql": Want("sql", 3)}) == ["teaches"]


@pytest.mark.parametrize("own", ["ca", "ca-ES"])
def test_a_common_language_is_preferred_and_an_unknown_one_does_not_matter(own: str) -> None:
    people = {
        "a-german": UserFeatures(skills=("sql",), languages=("de",)),
        "b-catalan": UserFeatures(skills=("sql",), languages=("fr", "ca")),
        "c-unknown": UserFeatures(skills=("sql",)),
    }
    asked = _best(people, UserFeatures(language=own), topic="sql")
    assert asked == ["b-catalan", "c-unknown", "a-german"]


def test_of_two_people_with_the_skill_the_one_who_helps_others_comes_first() -> None:
    people = {name: UserFeatures(skills=("sql",)) for name in "ab"}
    acts = [ActsBetween("b", "c", "answered", 1, 0, 4)]  # type: ignore[arg-type]
    assert _best(people, UserFeatures(), topic="sql", acts=acts) == ["b", "a"]


def test_about_a_topic_only_people_who_know_something_of_it_are_found() -> None:
    people = {"can": UserFeatures(skills=("sql",)), "wants": UserFeatures(goals=("sql",))}
    assert _best(people, UserFeatures(skills=("sql",)), topic="SQL") == ["can"]
    assert _best(people, UserFeatures(), topic="knitting") == []
