"""What is inferred about a person: what would be recommended today and why, and how many people would be suggested."""

from __future__ import annotations

from collections.abc import Iterator

from lrs.auth.stores import store_by_id
from lrs.storage.database import Database
from lrs.storage.personal_data import Person
from recommender.config import RecommenderSettings
from recommender.serving.context import Serving, open_serving
from recommender.serving.nuggets.recommend import recommend_nuggets
from recommender.serving.peers.recommend import recommend_peers
from schemas.json_text import dump_json
from schemas.peers import PeerQuery
from schemas.recommendations import NuggetQuery

MOST = 50
AT_ONCE = RecommenderSettings(refresh_ms=0)
"""Whatever is asked is read at that moment, and nothing in the background."""


def export_inferred(database: Database, person: Person) -> dict[str, tuple[str, Iterator[bytes]]]:
    """Return what is inferred, by name: why, and the rows of an export. Serving is opened once for all of it."""
    serving = open_serving(database, AT_ONCE)
    return {
        "recommendations": (
            "What the person would be recommended now, from all of this, and why.",
            _recommendations(serving, person),
        ),
        "similar_people": (
            "How many people would be suggested to the person now.",
            _similar_people(serving, person),
        ),
    }


def _recommendations(serving: Serving, person: Person) -> Iterator[bytes]:
    """Yield the nuggets that the person would be recommended now, with scores and reasons, best first."""
    if person.persona is None:
        return
    store = store_by_id(serving.database, person.store)
    query = NuggetQuery({}, person.identifiers[0], limit=MOST)
    answer = recommend_nuggets(serving, store, query)
    for one in answer.recommendations:
        values = {"rank": one.rank, "activity": one.activity, "score": one.score, "reasons": one.reasons}
        yield dump_json({**values, "model": answer.model})


def _similar_people(serving: Serving, person: Person) -> Iterator[bytes]:
    """Yield how many people would be suggested to the person now; who they are is theirs."""
    if person.persona is None:
        return
    store = store_by_id(serving.database, person.store)
    query = PeerQuery({}, person.identifiers[0], limit=MOST)
    answer = recommend_peers(serving, store, query)
    yield dump_json({"people_suggested": len(answer.recommendations), "at_most": MOST, "model": answer.model})
