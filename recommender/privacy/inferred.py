"""What is inferred about a person: what would be recommended today and why, and how many people would be suggested."""

from __future__ import annotations

from collections.abc import Iterator

from lrs.auth.stores import store_by_id
from lrs.storage.database import Database
from lrs.storage.personal_data import Person
from recommender.config import RecommenderSettings
from recommender.serving.context import open_serving
from recommender.serving.nuggets.recommend import recommend_nuggets
from recommender.serving.peers.recommend import recommend_peers
from schemas.json_text import dump_json
from schemas.peers import PeerQuery
from schemas.recommendations import NuggetQuery

MOST = 50
AT_ONCE = RecommenderSettings(refresh_ms=0)
"""Whatever is asked is read at that moment, and nothing in the background."""


def export_recommendations(database: Database, person: Person) -> Iterator[bytes]:
    """Yield the nuggets that the person would be recommended now, with scores and reasons, best first."""
    if person.persona is None:
        return
    store = store_by_id(database, person.store)
    query = NuggetQuery({}, person.identifiers[0], limit=MOST)
    answer = recommend_nuggets(open_serving(database, AT_ONCE), store, query)
    for one in answer.recommendations:
        values = {"rank": one.rank, "activity": one.activity, "score": one.score, "reasons": one.reasons}
        yield dump_json({**values, "model": answer.model})


def export_similar_people(database: Database, person: Person) -> Iterator[bytes]:
    """Yield how many people would be suggested to the person now; who they are is theirs."""
    if person.persona is None:
        return
    store = store_by_id(database, person.store)
    query = PeerQuery({}, person.identifiers[0], limit=MOST)
    answer = recommend_peers(open_serving(database, AT_ONCE), store, query)
    yield dump_json({"people_suggested": len(answer.recommendations), "at_most": MOST, "model": answer.model})
