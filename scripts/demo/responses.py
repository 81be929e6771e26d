"""What comes of recommendations: people ask for theirs over HTTP, and open, start, complete and like some of them."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from typing import Any
from urllib.parse import urlencode

from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from scripts.demo.acts import Act, Outcome
from scripts.demo.catalogue import Nugget
from scripts.demo.organisation import Learner, Organisation
from scripts.demo.posting import Endpoint, HttpConnection, post_statements
from scripts.demo.statements import write_statements

ABSENT_ONE_IN = 4
"""One person in so many does not come to the page."""
NUGGETS, PEERS = 6, 3
CONNECTIONS = 2
_STARTED = {
    "article": "read",
    "video": "played",
    "podcast": "listened",
    "book": "read",
    "course": "registered",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """What one person was shown: Activity ids, and the identifiers of peers, best first."""

    learner: Learner
    nuggets: tuple[str, ...]
    peers: tuple[str, ...]


def respond(endpoint: Endpoint, organisation: Organisation, visitors: Sequence[Learner]) -> None:
    """Let all but the visitors come to their page, and do something with what it shows."""
    coming = [
        one
        for number, one in enumerate(organisation.learners)
        if one not in visitors and number % ABSENT_ONE_IN
    ]
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        parts = pool.map(lambda at: _ask(endpoint, coming[at::CONNECTIONS]), range(CONNECTIONS))
        shown = [one for part in parts for one in part]
    now = time.time_ns() // 1_000_000
    acts = [act for one in shown for act in act_on(one, organisation, now)]
    post_statements(endpoint, list(write_statements(organisation, acts, f"responses/{now}")))


def path_of(resource: str, learner: Learner, **parameters: int) -> str:
    """Return the path of what is recommended to a learner, or chosen by them."""
    agent = dump_json(learner.agent).decode()
    return f"/recommendations/{resource}?{urlencode({'agent': agent, **parameters})}"


def _ask(endpoint: Endpoint, learners: Sequence[Learner]) -> list[Shown]:
    connection = HttpConnection(endpoint)

    def ask(resource: str, learner: Learner, limit: int) -> list[Mapping[str, Any]]:
        answer = connection.request("GET", path_of(resource, learner, limit=limit))
        found: list[Mapping[str, Any]] = answer["recommendations"]
        return found

    return [
        Shown(
            one,
            tuple(found["activity"]["id"] for found in ask("nuggets", one, NUGGETS)),
            tuple(identifier_of(found["agent"]) or "" for found in ask("peers", one, PEERS)),
        )
        for one in learners
    ]


def act_on(shown: Shown, organisation: Organisation, now: int) -> Iterator[Act]:
    """Yield what a person does: often with what stands first, and now and then getting in touch with a peer."""
    rng, learner = Random(f"responses/{shown.learner.account}"), shown.learner
    nuggets = {nugget.id: nugget for nugget in organisation.catalogue.nuggets}
    for rank, name in enumerate(shown.nuggets):
        if name in nuggets and rng.random() < 0.5 - 0.05 * rank:
            yield from _take(learner, nuggets[name], rng, now)
    people = {identifier_of(one.agent): one for one in organisation.learners}
    for rank, peer in enumerate(shown.peers):
        if peer in people and rng.random() < 0.22 - 0.05 * rank:
            yield Act(now, learner, "followed", people[peer])


def _take(learner: Learner, nugget: Nugget, rng: Random, now: int) -> Iterator[Act]:
    yield Act(now, learner, "viewed", nugget)
    if rng.random() < _appeal(nugget):
        yield Act(now, learner, _STARTED.get(nugget.format, "read"), nugget)
        if rng.random() < 0.7:
            yield Act(now, learner, "completed", nugget, Outcome(completed=True))
            if rng.random() < 0.6:
                yield Act(now, learner, "liked", nugget)
    elif rng.random() < 0.35:
        yield Act(now, learner, "disliked", nugget)


def _appeal(nugget: Nugget) -> float:
    """How likely a nugget is started by whoever opens it; the same for everybody."""
    return Random(nugget.id).uniform(0.35, 0.9)
