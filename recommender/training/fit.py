"""Fits a model: everything is chosen on the newest past, then everything is trained on all interactions."""

from __future__ import annotations

from dataclasses import replace

from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models.assembly import train_with_state
from recommender.models.lightfm import Progress
from recommender.models.lightfm_state import LightFMState
from recommender.models.trained_model import TrainedModel
from recommender.training.choosing import Choice, choose
from recommender.training.validation import validation_split


def fit(dataset: Dataset, settings: TrainingSettings, progress: Progress = lambda line: None) -> TrainedModel:
    """Choose on the newest past, then train on everything; raise TooLittleDataError."""
    return train_chosen(dataset, choose(validation_split(dataset), settings, progress), progress)


def train_chosen(dataset: Dataset, choice: Choice, progress: Progress = lambda line: None) -> TrainedModel:
    """Train every scorer and blend them as chosen; the choice is kept in the model's facts."""
    return train_chosen_with_state(dataset, choice, progress)[0]


def train_chosen_with_state(
    dataset: Dataset, choice: Choice, progress: Progress = lambda line: None
) -> tuple[TrainedModel, LightFMState]:
    """Train as `train_chosen` does; also return the state that a refresh starts from."""
    model, state = train_with_state(dataset, choice.settings, progress)
    return replace(model, facts={**model.facts, **choice.facts}), state
