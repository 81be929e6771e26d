"""The settings of the recommender, read once from the environment and checked at start."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from lrs.config import optional_number, read_fields, setting


@dataclass(frozen=True, slots=True)
class TrainingSettings:
    """How a model is trained; kept in its manifest. Defaults measured on MOOCCubeX (docs/recommender/model.md)."""

    dimensions: int = setting(64, "RECOMMENDER_DIMENSIONS", "Length of each learned vector", 2)
    epochs: int = setting(20, "RECOMMENDER_EPOCHS", "Passes over the interactions in one training", 1)
    learning_rate: float = setting(
        0.05, "RECOMMENDER_LEARNING_RATE", "Step size of LightFM (adagrad)", 1e-6, 1
    )
    max_sampled: int = setting(50, "RECOMMENDER_MAX_SAMPLED", "Most negatives WARP tries for a positive", 1)
    history: int = setting(50, "RECOMMENDER_HISTORY", "Newest interactions that make up a learner's state", 1)
    fading: float = setting(
        0.75,
        "RECOMMENDER_FADING",
        "How fast past items fade in a learner's state: their rank from the newest to the power of minus this",
        0,
        10,
    )
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
        "Weight of a nugget's features relative to its identity (0: none)",
        0,
        100,
    )
    item_features: int = setting(60, "RECOMMENDER_ITEM_FEATURES", "Most features kept for one nugget", 0)
    trained_features: int = setting(
        15,
        "RECOMMENDER_TRAINED_FEATURES",
        "Most of these features, the rarest, that LightFM is trained on",
        0,
    )
    recency: float = setting(
        0.75,
        "RECOMMENDER_RECENCY",
        "How fast past items fade in co-occurrence, as above (trainings try other values too)",
        0,
        10,
    )
    ease_regularisation: float = setting(
        50,
        "RECOMMENDER_EASE_REGULARISATION",
        "Regularisation of EASE, the co-occurrence (trainings try other values too)",
        1,
    )
    recent_half_life_s: float = setting(
        14 * 86400.0,
        "RECOMMENDER_RECENT_HALF_LIFE_S",
        "Seconds after which an act counts half in what is popular lately (trainings try other values too)",
        1,
    )
    trend_half_life_s: float = setting(
        86400.0,
        "RECOMMENDER_TREND_HALF_LIFE_S",
        "Seconds after which an act counts half in the trend (trainings try other values too)",
        1,
    )
    ease_items: int = setting(
        10_000,
        "RECOMMENDER_EASE_ITEMS",
        "Most nuggets for EASE, which needs 8 bytes for each pair of nuggets in training; item-kNN above",
        0,
    )
    neighbours: int = setting(200, "RECOMMENDER_NEIGHBOURS", "Links kept for each nugget", 1)
    cold_below: int = setting(
        3, "RECOMMENDER_COLD_BELOW", "Nuggets that fewer learners took are scored by their features", 0
    )
    content_share: float = setting(
        0.1,
        "RECOMMENDER_CONTENT_SHARE",
        "Share of similarity in content in the score of such nuggets (0-1)",
        0,
        1,
    )
    learner_interactions: int = setting(
        500, "RECOMMENDER_LEARNER_INTERACTIONS", "Most interactions of one learner used in a training", 1
    )
    seed: int = setting(1, "RECOMMENDER_SEED", "Seed; the same seed and data give the same model", 0)

    def as_dict(self) -> dict[str, Any]:
        """Return the settings as plain values for a manifest."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> TrainingSettings:
        """Read the settings of a manifest; unknown ones, from another release, are ignored."""
        known = {item.name for item in fields(cls)}
        return cls(**{name: value for name, value in values.items() if name in known})


@dataclass(frozen=True, slots=True)
class RecommenderSettings:
    """The settings of serving, evaluation and promotion."""

    maximum_limit: int = setting(100, "RECOMMENDER_MAXIMUM_LIMIT", "Most recommendations in one answer", 1)
    refresh_ms: int = setting(
        1000,
        "RECOMMENDER_REFRESH_MS",
        "How long a server may keep using a model after a newer one is promoted",
        0,
    )
    counted_apart: int = setting(
        0,
        "RECOMMENDER_COUNTED_APART",
        "Whether figures are counted by a process of their own (1: `serve` sets it, unless the environment says 0, "
        "which needs less memory) or by each process that is asked (0)",
        0,
        1,
    )
    learner_rows: int = setting(
        2000,
        "RECOMMENDER_LEARNER_ROWS",
        "Newest interactions of one learner that are read; those that decide something are read however old they are",
        10,
    )
    popularity_penalty: float | None = optional_number(
        "RECOMMENDER_POPULARITY_PENALTY",
        "What a nugget loses per standard deviation of its log popularity (not set: chosen by each training)",
        0,
        10,
    )
    diversity: float | None = optional_number(
        "RECOMMENDER_DIVERSITY",
        "How much lists avoid similar nuggets, from 0, not at all, to 1, only that (not set: chosen by each training)",
        0,
        1,
    )
    exploration: float = setting(
        0.05,
        "RECOMMENDER_EXPLORATION",
        "Share of the places of a list that go to suitable nuggets shown to few learners so far (0: none)",
        0,
        1,
    )
    calibration: float = setting(
        0.05,
        "RECOMMENDER_CALIBRATION",
        "How much lists keep the shares of skills and modalities of goals, role and the last months (0: not at all)",
        0,
        10,
    )
    gap_weight: float = setting(
        0.5,
        "RECOMMENDER_GAP_WEIGHT",
        "How far a nugget that teaches a skill still needed comes nearer to the learner's tenth best score (0-1)",
        0,
        1,
    )
    promised_ranks: int = setting(
        5,
        "RECOMMENDER_PROMISED_RANKS",
        "First ranks of a list that have what was begun, assigned or put off, and a nugget for each goal (0: no such)",
        0,
        50,
    )
    later_days: int = setting(
        7,
        "RECOMMENDER_LATER_DAYS",
        "Days for which a nugget that a learner put off is not recommended",
        1,
        365,
    )
    peer_cap: int = setting(
        20,
        "RECOMMENDER_PEER_CAP",
        "Learners to whom one person is suggested within a period before others come first",
        1,
    )
    peer_cap_days: int = setting(7, "RECOMMENDER_PEER_CAP_DAYS", "Days of that period", 1, 90)
    impression_days: int = setting(
        90, "RECOMMENDER_IMPRESSION_DAYS", "Days for which impressions (what was shown to whom) are kept", 1
    )
    top_k: int = setting(10, "RECOMMENDER_TOP_K", "Length of the lists that the evaluation measures", 1)
    held_out_share: float = setting(
        0.1,
        "RECOMMENDER_HELD_OUT_SHARE",
        "Newest share of the interactions held out to evaluate (0-0.5)",
        0.001,
        0.5,
    )
    min_test_learners: int = setting(
        20, "RECOMMENDER_LEAST_HELD_OUT", "Fewest held-out learners for an evaluation to count", 1
    )
    tolerance: float = setting(
        0.02,
        "RECOMMENDER_TOLERANCE",
        "How much worse than the running model a new one may be and still be promoted",
        0,
        1,
    )
    lease_s: int = setting(
        60, "RECOMMENDER_LEASE_S", "Seconds after which a training that was killed no longer blocks", 5
    )
    max_training_s: int = setting(
        21600, "RECOMMENDER_MAX_TRAINING_S", "Seconds after which a training job of one store is ended", 1
    )
    kept_models: int = setting(
        5, "RECOMMENDER_KEPT_MODELS", "Newest models kept in addition to the promoted one", 1
    )


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
