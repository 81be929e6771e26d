from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import TooLittleDataError
from recommender.metrics.report import measure
from recommender.metrics.splits import split_last
from recommender.models.assembly import train
from recommender.models.baselines import popularity
from recommender.models.blend import lightfm_scorer
from recommender.models.trained_model import TrainedModel
from recommender.storage.user_features import UserFeatures

Interests = Callable[..., dict[str, list[str]]]
MakeDataset = Callable[..., Dataset]


def _digest(model: TrainedModel) -> str:
    arrays = model.to_arrays()
    return hashlib.sha256(b"".join(arrays[name].tobytes() for name in sorted(arrays))).hexdigest()


def test_lightfm_clearly_beats_popularity_where_interests_differ(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    split = split_last(make_dataset(interests()))
    scorer = lightfm_scorer(train(split.train, quick), split.train)
    lightfm = measure("LightFM", scorer, split, 10, 0)
    plain = measure("popularity", popularity(split.train), split, 10, 0)
    assert lightfm.ndcg > 1.5 * plain.ndcg
    assert lightfm.auc > 0.85


def test_the_same_seed_gives_the_same_arrays(
    interests: Interests, make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    dataset = make_dataset(interests(40))
    assert _digest(train(dataset, quick)) == _digest(train(dataset, quick))
    assert _digest(train(dataset, replace(quick, seed=2))) != _digest(train(dataset, quick))


def test_items_that_nobody_took_keep_no_random_start(
    make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    dataset = make_dataset({"u": ["a", "b"], "v": ["b", "a"]})
    wider = replace(dataset, items=("a", "b", "zz"), completed=dataset.completed.copy())
    wider.completed.resize((2, 3))
    features = dataset.item_features.copy()
    features.resize((3, features.shape[1]))
    model = train(replace(wider, item_features=features), quick)
    assert not model.item_embeddings[2].any()
    assert not model.history_embeddings[2].any()


@pytest.mark.parametrize("taken", [{}, {"u": []}, {"u": ["a"], "v": ["a"]}])
def test_too_little_data_is_told(
    taken: dict[str, list[str]], make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    with pytest.raises(TooLittleDataError, match="post Statements"):
        train(make_dataset(taken), quick)


def test_one_learner_is_enough_to_train(make_dataset: MakeDataset, quick: TrainingSettings) -> None:
    model = train(make_dataset({"u": ["a", "b", "c"]}), quick)
    assert np.isfinite(model.item_embeddings).all()


def test_segment_popularity_counts_who_of_a_team_took_what(
    make_dataset: MakeDataset, quick: TrainingSettings
) -> None:
    red, blue = UserFeatures(team="red", language="en"), UserFeatures(team="blue", skills=("sql",))
    features = {"u": red, "v": red, "w": blue}
    model = train(make_dataset({"u": ["a", "b"], "v": ["a"], "w": ["b"]}, features), quick)
    assert model.segments == ("skill:sql", "team:blue", "team:red")
    assert model.segment_popularity.toarray().tolist() == [[0, 1], [0, 1], [2, 1]]


def test_item_features_bring_together_what_is_alike(
    make_dataset: MakeDataset, interests: Interests, quick: TrainingSettings
) -> None:
    taken = interests(100)
    definitions = {
        f"s{subject}n{number}": {"name": {"en": f"subject{'abcde'[subject]}"}}
        for subject in range(5)
        for number in range(12)
    }
    dataset = make_dataset({**taken, "x": ["s0n0"]}, None, definitions)
    model = train(dataset, quick)
    lengths = np.linalg.norm(model.item_embeddings, axis=1)
    likeness = model.item_embeddings @ model.item_embeddings.T / np.outer(lengths, lengths)
    index = [model.item_index["s0n1"], model.item_index["s0n2"], model.item_index["s1n1"]]
    assert likeness[index[0], index[1]] > likeness[index[0], index[2]]


def test_progress_is_told(make_dataset: MakeDataset, quick: TrainingSettings) -> None:
    lines: list[str] = []
    train(make_dataset({"u": ["a", "b"]}), replace(quick, epochs=7), lines.append)
    assert lines == ["epoch 5 of 7", "epoch 7 of 7"]


def test_a_bot_cannot_fill_the_links(make_dataset: MakeDataset, quick: TrainingSettings) -> None:
    bot = [f"n{number:03}" for number in range(200)]
    dataset = make_dataset({"bot": bot, "u": ["n000", "n001"], "v": ["n000", "n001"]})
    model = train(dataset, replace(quick, learner_interactions=20))
    linked = np.flatnonzero(np.diff(model.cooccurrence.indptr))
    assert linked.tolist() == [0, 1, *range(180, 200)]
    assert model.popularity.max() == 3
