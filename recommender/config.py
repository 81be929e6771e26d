"""The settings of the recommender, read once from the environment and checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from lrs.config import read_fields, setting


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How a model is trained; kept in its manifest. Defaults measured on MOOCCubeX (docs/recommender.md)."""

    dimensions: int = setting(64, "RECOMMENDER_DIMENSIONS", "Numbers in each learned vector", 2)
    epochs: int = setting(20, "RECOMMENDER_EPOCHS", "Passes over the interactions in one training", 1)
    learning_rate: float = setting(
        0.05, "RECOMMENDER_LEARNING_RATE", "Step size of LightFM (adagrad)", 1e-6, 1
    )
    max_sampled: int = setting(50, "RECOMMENDER_MAX_SAMPLED", "Most negatives WARP tries for a positive", 1)
    history: int = setting(20, "RECOMMENDER_HISTORY", "Newest interactions that make up a learner's state", 1)
    decay: float = setting(0.7, "RECOMMENDER_DECAY", "Weight of each step back in the history (0-1)", 0.01, 1)
    damping: float = setting(
        0.25,
        "RECOMMENDER_DAMPING",
        "Exponent of the sum that the history's weights are divided by (0-1)",
        0,
        1,
    )
    side_weight: float = setting(
        0.3, "RECOMMENDER_SIDE_WEIGHT", "Weight of a learner's team, role, skills and language", 0, 100
    )
    item_feature_weight: float = setting(
        0.5,
        "RECOMMENDER_ITEM_FEATURE_WEIGHT",
        "Weight of a nugget's features beside its identity (0: none)",
        0,
        100,
    )
    item_features: int = setting(15, "RECOMMENDER_ITEM_FEATURES", "Most features kept for one nugget", 0)
    learner_interactions: int = setting(
        500, "RECOMMENDER_LEARNER_INTERACTIONS", "Most interactions of one learner used in a training", 1
    )
    seed: int = setting(1, "RECOMMENDER_SEED", "Seed; the same seed and data give the same model", 0)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values for a manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainingSettings:
        """Read the settings of a manifest; those that other releases know are left out."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True)
class RecommenderSettings:
    """What the recommender can be told from outside beside the training."""

    maximum_limit: int = setting(100, "RECOMMENDER_MAXIMUM_LIMIT", "Most recommendations in one answer", 1)
    refresh_ms: int = setting(
        1000,
        "RECOMMENDER_REFRESH_MS",
        "How long a server may go on with a model after a newer is promoted",
        0,
    )
    learner_rows: int = setting(
        2000, "RECOMMENDER_LEARNER_ROWS", "Newest interactions of one learner that are looked at", 10
    )
    top_k: int = setting(10, "RECOMMENDER_TOP_K", "Length of the lists that the evaluation measures", 1)
    held_out_share: float = setting(
        0.1,
        "RECOMMENDER_HELD_OUT_SHARE",
        "Newest share of the interactions held out to evaluate (0-0.5)",
        0.001,
        0.5,
    )
    least_held_out: int = setting(
        20, "RECOMMENDER_LEAST_HELD_OUT", "Fewest held-out learners for an evaluation to count", 1
    )
    tolerance: float = setting(
        0.02,
        "RECOMMENDER_TOLERANCE",
        "How much worse than the running model a new one may be and be promoted",
        0,
        1,
    )
    lease_s: int = setting(
        60, "RECOMMENDER_LEASE_S", "Seconds after which a training that was killed no longer blocks", 5
    )
    kept_models: int = setting(5, "RECOMMENDER_KEPT_MODELS", "Newest models kept beside the promoted one", 1)


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of the recommender."""

    training: TrainingSettings = TrainingSettings()
    service: RecommenderSettings = RecommenderSettings()


def from_environment(environ: Mapping[str, str]) -> Settings:
    """Read the settings; a value that does not fit raises ConfigurationError naming its variable."""
    return Settings(
        cast(TrainingSettings, read_fields(TrainingSettings, environ)),
        cast(RecommenderSettings, read_fields(RecommenderSettings, environ)),
    )
