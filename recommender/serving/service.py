"""What answering needs, opened once for a process and handed to each request."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.serving.current import CurrentModels
from recommender.serving.popular import PopularNuggets


@dataclass(frozen=True, slots=True)
class Serving:
    """The database, the loaded models, the popular nuggets for stores without one, and the settings."""

    database: Database
    models: CurrentModels
    popular: PopularNuggets
    settings: RecommenderSettings


def open_serving(database: Database, settings: RecommenderSettings) -> Serving:
    """Prepare to answer; nothing is read before the first request."""
    models = CurrentModels(database, settings.refresh_ms / 1000)
    return Serving(database, models, PopularNuggets(database), settings)
