from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.errors import CorruptModelError
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel


@pytest.fixture
def model(make_dataset: Callable[..., Dataset], quick: TrainingSettings) -> TrainedModel:
    return train(make_dataset({"u": ["à la carte", "b"], "v": ["b", "c"]}), quick)


def test_arrays_bring_back_the_same_model(model: TrainedModel) -> None:
    again = TrainedModel.from_arrays(model.to_arrays(), model.settings, model.facts)
    assert again.items == model.items
    assert again.item_index["à la carte"] == model.item_index["à la carte"]
    assert np.array_equal(again.item_embeddings, model.item_embeddings)
    assert (again.known != model.known).nnz == 0


def test_no_array_holds_python_objects(model: TrainedModel) -> None:
    assert all(array.dtype != object for array in model.to_arrays().values())


def test_a_missing_array_is_a_corrupt_model(model: TrainedModel) -> None:
    arrays = model.to_arrays()
    del arrays["item_biases"]
    with pytest.raises(CorruptModelError):
        TrainedModel.from_arrays(arrays, model.settings, {})


def test_arrays_that_do_not_fit_together_are_a_corrupt_model(model: TrainedModel) -> None:
    arrays = {**model.to_arrays(), "popularity": model.popularity[:-1]}
    with pytest.raises(CorruptModelError, match="do not fit"):
        TrainedModel.from_arrays(arrays, model.settings, {})


def test_the_blend_comes_from_the_manifest(model: TrainedModel) -> None:
    facts = {"blend": {"lightfm": 0.5, "cooccurrence": 0.5}}
    assert model.blend == {"lightfm": 1.0}
    assert TrainedModel.from_arrays(model.to_arrays(), model.settings, facts).blend == facts["blend"]


@pytest.fixture
def described(
    make_dataset: Callable[..., Dataset],
    interests: Callable[..., dict[str, list[str]]],
    quick: TrainingSettings,
) -> TrainedModel:
    """A model of five subjects whose nuggets say what they are about."""
    taken = interests(60)
    items = {item for items in taken.values() for item in items}
    definitions = {item: {"name": {"en": f"about {SUBJECTS[item[1]]}"}} for item in items}
    return train(make_dataset(taken, None, definitions), quick)


SUBJECTS = {"0": "cooking", "1": "chess", "2": "python", "3": "law", "4": "physics", "i": "everything"}


def test_nuggets_that_came_later_are_known_by_their_features(described: TrainedModel) -> None:
    new = Nugget("new", titles={"en": "More chess"}, language="en")
    later = described.with_nuggets([new, new, Nugget(described.items[0])])
    assert later.items == (*described.items, "new")
    assert later.cold.tolist() == [*described.cold.tolist(), True]
    alike = later.item_embeddings[:-1] @ later.item_embeddings[-1]
    chess = [item.startswith("s1") for item in described.items]
    assert alike[chess].mean() > alike[~np.array(chess)].mean()
    lent = later.cooccurrence[:, [later.item_index["new"]]].toarray().ravel()
    assert lent[[*chess, False]].sum() > lent[[*~np.array(chess), False]].sum()


def test_what_was_known_stays_as_it_was(described: TrainedModel) -> None:
    later = described.with_nuggets([Nugget("new", titles={"en": "Unheard of"})])
    width = len(described.items)
    assert np.array_equal(later.item_embeddings[:width], described.item_embeddings)
    assert (later.cooccurrence[:width, :width] != described.cooccurrence).nnz == 0
    assert later.known.shape == (60, width + 1)
    assert not later.item_embeddings[width].any()
    assert later.cold[width]


def test_no_new_nuggets_leave_the_model_itself(described: TrainedModel) -> None:
    assert described.with_nuggets([Nugget(described.items[3])]) is described
