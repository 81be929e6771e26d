"""What answering needs, opened once for a process and handed to each request."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.storage.database import Database
from recommender.config import RecommenderSettings
from recommender.online.impressions import Impressions
from recommender.serving.state.catalogue import Shelves
from recommender.serving.state.learners import HELD_S, Learners
from recommender.serving.state.models import CurrentModels
from recommender.serving.state.people import PeopleIndex
from recommender.serving.state.popularity import PopularNuggets
from recommender.serving.state.suggestion_counts import PeerLoads

IMPRESSIONS_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Serving:
    """The database, the loaded models, what each store can recommend with or without one, and the settings.

    `learners` finds who asks, `people` is everybody who may be met, `loads` to how many each was suggested lately,
    `impressions` notes what is shown.
    """

    database: Database
    models: CurrentModels
    shelves: Shelves
    learners: Learners
    people: PeopleIndex
    loads: PeerLoads
    impressions: Impressions
    settings: RecommenderSettings


def open_serving(database: Database, settings: RecommenderSettings) -> Serving:
    """Prepare to answer; nothing is read before the first request."""
    refresh_s = settings.refresh_ms / 1000
    shelves = Shelves(database, PopularNuggets(database), refresh_s)
    learners = Learners(database, settings.learner_rows, min(HELD_S, refresh_s))
    people = PeopleIndex(database, refresh_s)
    loads = PeerLoads(database, settings.peer_cap_days, refresh_s)
    impressions = Impressions(database, settings.impression_days, min(IMPRESSIONS_EVERY_S, refresh_s))
    models = CurrentModels(database, refresh_s)
    return Serving(database, models, shelves, learners, people, loads, impressions, settings)
