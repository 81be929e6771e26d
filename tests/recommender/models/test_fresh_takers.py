"""What learners took since a training, in a model."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset, build_dataset
from recommender.interactions.history import History, Positive
from recommender.models.assembly import train
from recommender.models.fresh_takers import with_takers
from recommender.models.trained_model import TrainedModel

LEARNERS = [f"u{number:02}" for number in range(20)]
SQL, DOCKER = ("sql1", "sql2", "sql3", "sql4"), ("docker1", "docker2", "docker3", "docker4")


@pytest.fixture(scope="module")
def model() -> TrainedModel:
    """Two subjects, ten learners each; `new` came after the training."""
    taken = {user: [*(SQL if number < 10 else DOCKER)] for number, user in enumerate(LEARNERS)}
    for number, user in enumerate(LEARNERS):
        taken[user].pop(number % 4)
    settings = TrainingSettings(dimensions=8, epochs=20, seed=3)
    return train(_make_dataset(taken), settings).with_nuggets([Nugget("new", {"en": "Window functions"})])


def _make_dataset(taken: dict[str, list[str]]) -> Dataset:
    histories = {
        user: History(
            positives=tuple(Positive(item, at, 1.0, "completed") for at, item in enumerate(items)),
            completed=frozenset(items),
            seen=frozenset(items),
        )
        for user, items in taken.items()
    }
    return build_dataset(histories, {}, {}, 15)


def test_the_takers_of_an_item_are_those_there_are_now(model: TrainedModel) -> None:
    took = {"new": {"u00": 2, "u01": 1, "stranger": 2}, "sql1": {"u05": 1}}
    fresh = with_takers(model, took)
    new, first = fresh.item_index["new"], fresh.item_index["sql1"]
    assert (fresh.popularity[new], fresh.popularity[first]) == (3, 1)
    assert fresh.known[:, [new]].nonzero()[0].tolist() == [0, 1]
    assert [fresh.known[0, new], fresh.known[1, new]] == [2, 1]
    assert fresh.known[:, [first]].nonzero()[0].tolist() == [5]
    others = [position for position in range(len(model.items)) if position not in (new, first)]
    assert (fresh.known[:, others] != model.known[:, others]).nnz == 0
    assert fresh.known.dtype == model.known.dtype


def test_an_item_that_nobody_took_any_more_is_taken_by_nobody(model: TrainedModel) -> None:
    fresh = with_takers(model, {"sql1": {}})
    position = fresh.item_index["sql1"]
    assert (fresh.popularity[position], fresh.known[:, [position]].nnz) == (0, 0)


def test_a_new_item_is_linked_with_what_its_takers_took(model: TrainedModel) -> None:
    fresh = with_takers(model, {"new": dict.fromkeys(LEARNERS[:8], 2)})
    new = fresh.item_index["new"]
    assert model.cold[new]
    assert not fresh.cold[new]
    links = fresh.cooccurrence.toarray()
    of_sql, of_docker = ([fresh.item_index[name] for name in names] for names in (SQL, DOCKER))
    assert links[of_sql, new].min() > links[of_docker, new].max()
    assert links[new, of_sql].min() > links[new, of_docker].max()
    assert links[new, new] == 0
    vector = fresh.item_embeddings[new]
    assert vector @ fresh.item_embeddings[of_sql].mean(axis=0) > vector @ fresh.item_embeddings[
        of_docker
    ].mean(axis=0)
    assert np.isfinite(fresh.item_biases).all()


def test_nothing_else_changes(model: TrainedModel) -> None:
    fresh = with_takers(model, {"new": dict.fromkeys(LEARNERS[:8], 2)})
    trained = len(model.items) - 1
    assert np.array_equal(fresh.item_embeddings[:trained], model.item_embeddings[:trained])
    assert np.array_equal(fresh.item_biases[:trained], model.item_biases[:trained])
    assert (fresh.cooccurrence[:trained, :trained] != model.cooccurrence[:trained, :trained]).nnz == 0
    assert np.array_equal(fresh.popularity[:trained], model.popularity[:trained])


@pytest.mark.parametrize("takers", [{}, {"unknown": {"u00": 2}}])
def test_without_anything_known_the_model_is_the_same(
    model: TrainedModel, takers: dict[str, dict[str, int]]
) -> None:
    assert with_takers(model, takers) is model


def test_takers_whom_the_training_did_not_know_count_in_popularity_alone(model: TrainedModel) -> None:
    fresh = with_takers(model, {"new": {f"late{number}": 2 for number in range(50)}})
    new = fresh.item_index["new"]
    assert (fresh.popularity[new], fresh.known[:, [new]].nnz, fresh.cooccurrence[:, [new]].nnz) == (50, 0, 0)
    assert fresh.item_biases[new] == pytest.approx(np.mean(fresh.item_biases[:new]))
