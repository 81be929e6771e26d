"""Everything that answering needs, opened once for a process and handed to each request."""

from __future__ import annotations

from dataclasses import dataclass

from lrs.auth.tokens import token_secret
from lrs.storage.database import Database
from recommender.catalogue.search import NuggetSearch
from recommender.config import RecommenderSettings
from recommender.interactions.following import Follower
from recommender.online.impressions import Impressions
from recommender.online.searches import Searches
from recommender.serving.paging import PageTokens
from recommender.serving.state.catalogue import CatalogueSnapshots
from recommender.serving.state.counted import HELD_S as COUNTED_HELD_S
from recommender.serving.state.counted import Counted
from recommender.serving.state.courses import Courses
from recommender.serving.state.forgetting import LOOK_EVERY_S, ErasureWatch
from recommender.serving.state.knowledge import TopicKnowledge
from recommender.serving.state.learners import HELD_S, Learners
from recommender.serving.state.meanings import MeaningIndex
from recommender.serving.state.models import CurrentModels
from recommender.serving.state.people import PeopleIndex
from recommender.serving.state.recent_takes import RecentTakesIndex
from recommender.serving.state.showings import ShowingsIndex
from recommender.serving.state.subjects import SubjectIndex
from recommender.serving.state.suggestion_counts import SuggestionCounts

IMPRESSIONS_EVERY_S = 0.1
FOLLOW_EVERY_S = 0.5
TAKES_HELD_S = 0.5


@dataclass(frozen=True, slots=True)
class Serving:
    """The database, the caches of a process, and the settings.

    `follower` reads new Statements in the background.
    `models` holds the loaded models, `catalogue` the nuggets that can be recommended with each or without one,
    `courses` their steps and in which order learners take them, `takes` what was taken lately, `learners` the
    learners who ask, `people` those who may be suggested, `suggestion_counts` how often each was, `subjects` what a
    topic may be about, `knowledge` who knows one, `showings` which nuggets were shown to few. `impressions` notes what
    is shown, `searches` what is looked for; `nugget_pages` and `peer_pages` make the tokens of next pages.
    `nugget_search` finds nuggets of the catalogue by what they say, `meanings` by what their titles mean. `counted` are
    those who agree to be counted. `watch` lets all of them forget who was erased.
    """

    database: Database
    follower: Follower
    models: CurrentModels
    catalogue: CatalogueSnapshots
    takes: RecentTakesIndex
    learners: Learners
    people: PeopleIndex
    subjects: SubjectIndex
    knowledge: TopicKnowledge
    suggestion_counts: SuggestionCounts
    showings: ShowingsIndex
    impressions: Impressions
    searches: Searches
    settings: RecommenderSettings
    nugget_pages: PageTokens
    peer_pages: PageTokens
    nugget_search: NuggetSearch
    courses: Courses
    meanings: MeaningIndex
    counted: Counted
    watch: ErasureWatch


def open_serving(database: Database, settings: RecommenderSettings, secret_key: str = "") -> Serving:
    """Prepare to answer; nothing of a store is read before its first request."""
    secret = token_secret(database, secret_key)
    refresh_s = settings.refresh_ms / 1000
    models = CurrentModels(database, refresh_s)
    catalogue = CatalogueSnapshots(database, models, refresh_s)
    takes = RecentTakesIndex(database, min(TAKES_HELD_S, refresh_s))
    follower = Follower(database, min(FOLLOW_EVERY_S, refresh_s))
    learners = Learners(database, settings.learner_rows, min(HELD_S, refresh_s), follower.note_asked)
    search = NuggetSearch(database)
    impressions = Impressions(database, settings.impression_days, min(IMPRESSIONS_EVERY_S, refresh_s))
    return Serving(
        database,
        follower,
        models,
        catalogue,
        takes,
        learners,
        PeopleIndex(database, refresh_s),
        SubjectIndex(database, refresh_s),
        TopicKnowledge(database, refresh_s),
        SuggestionCounts(database, settings.peer_cap_days, refresh_s),
        ShowingsIndex(database, refresh_s),
        impressions,
        Searches(database, min(IMPRESSIONS_EVERY_S, refresh_s)),
        settings,
        PageTokens(secret, "nuggets"),
        PageTokens(secret, "peers"),
        search,
        Courses(database, refresh_s),
        MeaningIndex(database, refresh_s),
        Counted(database, min(COUNTED_HELD_S, refresh_s)),
        ErasureWatch(database, min(LOOK_EVERY_S, refresh_s), search.forget),
    )
