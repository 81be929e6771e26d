"""What it costs to know who asks and to note it: tokens of learners, the audit trail, people with many names."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice
from pathlib import Path

from flask import Flask

import pages.app
from lrs.config import Settings
from lrs.resources.auditing import ROUTES
from schemas.json_text import dump_json, parse_json
from scripts.benchmarks.aging import agent_named, numbered, prepare, state_of, statement_of
from scripts.benchmarks.clients import Clients, Work, measure_rates
from scripts.benchmarks.endpoint import Connection, Endpoint
from scripts.benchmarks.ingest import EMPTY, OURS
from scripts.benchmarks.linking import measure_linking
from scripts.benchmarks.recommend import agents_in, path_for
from scripts.benchmarks.report import Row, Target, compare_medians, compare_pairs, milliseconds
from scripts.benchmarks.servers import Site
from scripts.web_server.processes import running_web_server

WITHOUT_AUDIT = f"{__name__}:create_app_without_audit"
A_MINUTE = 60
SCOPES = ("recommendations/read/mine",)
LEARNERS = 20
STATE_BYTES = 1_000
MINTED = Target(">=", 10_000, of="ours")
NO_MORE, TWO_PERCENT = Target("<=", 1.0), Target("<=", 1.02)

Actions = Mapping[str, Callable[[], object]]


@dataclass(frozen=True, slots=True)
class Effort:
    """How many tokens each client mints, how often two requests are compared, how many people are linked."""

    tokens: int
    pairs: int
    people: tuple[int, ...]


FULL, QUICK = Effort(200, 1_000, (100_000,)), Effort(20, 30, (2_000,))


def create_app_without_audit() -> Flask:
    """Build the whole application, of which no route is audited."""
    app = pages.app.create_app()
    app.extensions[ROUTES].clear()
    return app


@dataclass(frozen=True, slots=True)
class Mint:
    """Mint tokens, each for another learner, on one connection; counts them."""

    server: Endpoint
    origin: str
    tokens: int

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Make the bodies and open the connection; then send them one after the other."""
        name = uuid.uuid4().hex
        bodies = [_asked(agent_named(f"{name}-{number}"), self.origin) for number in range(self.tokens)]
        with self.server.connect() as connection:

            def mint() -> int:
                for body in bodies:
                    connection.send("POST", "/tokens", body)
                return self.tokens

            yield mint


def measure_access(
    clients: Clients, pool: Path, site: Site, settings: Settings, effort: Effort, rounds: int
) -> Iterator[Row]:
    """Measure tokens, the audit trail and the linking of people in the store of an organisation with a model."""
    prepare(clients, pool, site)
    yield _minting(clients, site, effort.tokens, rounds)
    yield _asking(site, list(islice(agents_in(pool), LEARNERS)), effort.pairs)
    yield from _auditing(site, settings, pool, effort.pairs)
    yield from measure_linking(clients, site, pool.parent, effort.people)


def _minting(clients: Clients, site: Site, tokens: int, rounds: int) -> Row:
    """Measure all clients beside the same requests to an empty view."""

    def ways() -> Iterator[tuple[str, Sequence[Work]]]:
        for way, server in ((OURS, site.server), (EMPTY, site.empty)):
            yield way, [Mint(server, site.server.url, tokens) for _ in clients.pipes]

    rates = measure_rates(clients, ways, rounds)
    ours, limit = ([A_MINUTE * rate for rate in rates[way]] for way in (OURS, EMPTY))
    return compare_medians(f"tokens minted, {len(clients.pipes)} clients", ours, limit, "tokens/min", MINTED)


def _asking(site: Site, agents: Sequence[str], pairs: int) -> Row:
    """Ask for recommendations as the learners, with a token of each, and for them with key and secret."""
    with site.server.connect() as basic:
        learners = [_with_token(basic, agent, site.server.url) for agent in agents]

        def pair(number: int) -> Actions:
            learner, path = learners[number % len(agents)], path_for("nuggets", agents[number % len(agents)])
            return {
                "token": partial(learner.send, "GET", path),
                "Basic": partial(basic.send, "GET", path),
            }

        times = _in_turn(pair, pairs)
    work = "GET nuggets by a learner's token, beside key and secret"
    return compare_pairs(work, times["token"], times["Basic"], "ms", NO_MORE)


def _auditing(site: Site, settings: Settings, pool: Path, pairs: int) -> Iterator[Row]:
    """Send the same requests to the service and to one beside it, over the same data, that notes nothing."""
    log = pool.parent / f"{site.name}-without-audit.log"
    with (
        running_web_server(settings, site.uri, log, WITHOUT_AUDIT) as beside,
        site.server.connect() as noting,
        replace(site.server, url=beside.url).connect() as silent,
    ):
        sides = {"on": _works(noting), "off": _works(silent)}
        for work in sides["on"]:
            pair = partial(_on_both, {side: works[work] for side, works in sides.items()})
            times = _in_turn(pair, pairs)
            yield compare_pairs(f"{work}, audit on beside off", times["on"], times["off"], "ms", TWO_PERCENT)


def _on_both(works: Mapping[str, Callable[[int], object]], number: int) -> Actions:
    return {side: partial(work, number) for side, work in works.items()}


def _works(connection: Connection) -> Mapping[str, Callable[[int], object]]:
    """Return what a client of xAPI does, as a learner of its own."""
    agent = agent_named(f"audited-{uuid.uuid4().hex}")
    state = state_of(agent)
    return {
        "PUT State": lambda number: connection.send("PUT", state, numbered(number, STATE_BYTES)),
        "GET State": lambda number: connection.send("GET", state),
        "POST single": lambda number: connection.send("POST", "/xapi/statements", statement_of(agent)),
    }


def _in_turn(pair: Callable[[int], Actions], pairs: int) -> Mapping[str, Sequence[float]]:
    """Return how long (ms) each of two actions took in each pair; the first pairs warm up.

    Whoever comes second finds the processor's caches warm: each is first in every other pair.
    """
    times = defaultdict[str, list[float]](list)
    for number in range(pairs + LEARNERS):
        actions = list(pair(number).items())
        for name, action in actions if number % 2 else reversed(actions):
            times[name].append(milliseconds(action))
    return {name: taken[LEARNERS:] for name, taken in times.items()}


def _with_token(connection: Connection, agent: str, origin: str) -> Connection:
    """Return the same connection as the page of a learner uses it."""
    token = parse_json(connection.send("POST", "/tokens", _asked(agent, origin)))["token"]
    headers = {**connection.headers, "Authorization": f"Bearer {token}", "Origin": origin}
    return replace(connection, headers=headers)


def _asked(agent: str, origin: str) -> bytes:
    return dump_json({"agent": parse_json(agent.encode()), "origin": origin, "scopes": SCOPES})
