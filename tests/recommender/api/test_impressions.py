from __future__ import annotations

import time
from typing import Any

import pytest

from lrs.auth.stores import Store
from schemas.json_text import dump_json
from schemas.outcomes import DAY_US

PATH = "/recommendations/outcomes"


def test_what_was_recommended_and_then_done_is_told(
    client: Any, store: Store, act: Any, post: Any, sync: Any, agent: Any, url: Any, wait: Any, database: Any
) -> None:
    def count() -> int:
        return int(database.collection("impressions", store.id).count({}))

    def make_older() -> None:
        new = {"at": {"$gt": time.time_ns() // 1000 - DAY_US}}
        database.collection("impressions", store.id).update_many(new, {"$inc": {"at": -2 * DAY_US}})

    names = ("ann", "cat", "dan", "eva", "flo", "gus")
    post([*(act(name, "completed", "a") for name in (*names, "ben")), act("ben", "completed", "b")])
    sync()

    def show(name: str) -> None:
        asked = {"agent": dump_json(agent(name)).decode()}
        shown = client.get("/recommendations/nuggets", params=asked).json()["recommendations"]
        assert [one["activity"]["id"] for one in shown] == [url("b")]

    for name in names[:4]:
        show(name)
    done = [act(name, "completed", "b") for name in names]
    for one in done:
        one["timestamp"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 86_400))
    assert wait(count, lambda found: found == 4)
    make_older()
    assert client.get(PATH).json()["outcomes"] == []  # four learners are too few to be told of
    for name in names[4:]:
        show(name)
    post(done)
    sync()
    query = {"by": "day", "until": "2999-01-01T00:00:00Z", "since": "2020-01-01T00:00:00Z"}
    # The impression is written beside the answer.
    wait(count, lambda found: found == 6)
    assert client.get(PATH, params=query).json()["outcomes"] == []  # a day that is not over is not told
    make_older()
    (found,) = client.get(PATH, params=query).json()["outcomes"]
    assert (found["kind"], found["model"], found["learners"], found["shown"]) == ("nuggets", None, 5, 5)
    assert [rate["count"] for rate in found["rates"].values()] == [5, 5, 5]
    assert client.get(PATH, params={"until": "2020-01-01T00:00:00Z"}).json()["outcomes"] == []


@pytest.mark.parametrize(
    "query",
    [
        {"since": "yesterday"},
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"window_days": "0"},
        {"window_days": "91"},
        {"by": "week"},
        {"agent": "{}"},
    ],
)
def test_a_bad_query_is_refused(client: Any, query: dict[str, str]) -> None:
    response = client.get(PATH, params=query)
    assert response.status_code == 400
    assert response.json()["path"] == next(iter(query))


@pytest.mark.parametrize("path", [PATH, "/recommendations/experiments"])
def test_reading_needs_the_scope(make_client: Any, path: str) -> None:
    assert make_client("insights/read").get(path).status_code == 200
    assert make_client("statements/read").get(path).status_code == 403
