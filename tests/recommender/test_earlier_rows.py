"""What an earlier version wrote is read until it is written again: without the values that came later."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry

LATER = {
    "harvested_nuggets": ("born", "dropped"),
    "entered_nuggets": ("made_us",),
    "entered_roles": ("made_us",),
    "impressions": ("probabilities",),
    "interactions": ("within", "step", "score", "failed", "term"),
}
ANN = {"agent": json.dumps({"mbox": "mailto:ann@acme.example"})}


def test_lists_are_answered_and_statements_read_again_beside_rows_of_an_earlier_version(
    database: Database,
    store: Store,
    client: Any,
    post: Callable[..., None],
    sync: Callable[..., Any],
    act: Callable[..., dict[str, Any]],
) -> None:
    post([act(name, "completed", item) for name in ("ann", "ben", "eva") for item in ("joins", "views")])
    sync()
    put_entry(database, store.id, "nuggets", "https://acme.example/new", {"format": "video"})
    put_entry(database, store.id, "roles", "analyst", {"name": "Analyst"})
    for name, fields in LATER.items():
        database.collection(name, store.id).update_many({}, {"$unset": dict.fromkeys(fields, "")})
    assert client.get("/recommendations/nuggets", params=ANN).status_code == 200
    put_entry(database, store.id, "nuggets", "https://acme.example/new", {"format": "text"})
    sync(from_scratch=True)
    assert client.get("/recommendations/nuggets", params=ANN).status_code == 200
    assert client.get("/recommendations/peers", params=ANN).status_code == 200
