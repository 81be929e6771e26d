"""The same work on a service that has just started and on one that has run for an hour."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from recommender.config import Settings
from recommender.training.jobs import retrain
from schemas.json_text import dump_json
from scripts.benchmarks.clients import Clients
from scripts.benchmarks.endpoint import Connection, Endpoint
from scripts.benchmarks.ingest import load
from scripts.benchmarks.report import Row, Target, compare_medians, milliseconds
from scripts.benchmarks.samples import read_pool
from scripts.benchmarks.servers import Site, connected

SAME = Target("<=", 1.1)
STATE_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Hour:
    """What an hour brings: single writes of all kinds (30,000: more than eight a second) on the database's connection,
    single Statements and State documents by HTTP; and how often each work is measured.
    """

    writes: int
    statements: int
    states: int
    repetitions: int


FULL = Hour(30_000, 30_000, 2_000, 300)
QUICK = Hour(3_000, 300, 60, 20)


@dataclass(frozen=True, slots=True)
class SingleInserts:
    """Insert documents one by one by the connection that the service itself uses; counts them."""

    uri: str
    count: int

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Connect; then insert."""
        with connected(self.uri) as database:
            rows = database.db["earlier_writes"]

            def insert() -> int:
                for _ in range(self.count):
                    rows.insert_one({"text": b"x" * 500})
                return self.count

            yield insert


@dataclass(frozen=True, slots=True)
class Live:
    """Post single Statements and put State documents of learners that are not measured; counts requests."""

    server: Endpoint
    statements: int
    states: int

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Connect; then send the requests."""
        agent = agent_named(f"lived-{uuid.uuid4().hex}")
        with self.server.connect() as connection:

            def live() -> int:
                for _ in range(self.statements):
                    connection.send("POST", "/xapi/statements", statement_of(agent))
                for number in range(self.states):
                    connection.send("PUT", state_of(agent), numbered(number, STATE_BYTES))
                return self.statements + self.states

            yield live


def write_earlier(clients: Clients, uri: str, writes: int) -> None:
    """Let the database have seen so many single writes that what grows with them shows."""
    share = writes // len(clients.pipes)
    clients.run([SingleInserts(uri, share) for _ in clients.pipes])
    with connected(uri) as database:
        database.db.drop_collection("earlier_writes")


def prepare(clients: Clients, pool: Path, site: Site) -> None:
    """Store the organisation's Statements and train."""
    load(clients, site.xapi, pool, 0, len(read_pool(pool)))
    with site.database() as database:
        retrain(database, site.store, Settings(), lambda line: None, force=True)


def age(clients: Clients, site: Site, hour: Hour) -> None:
    """Let an hour pass."""
    write_earlier(clients, site.uri, hour.writes)
    count = len(clients.pipes)
    clients.run([Live(site.server, hour.statements // count, hour.states // count) for _ in clients.pipes])


def measure_aging(pool: Path, aged: Site, fresh: Site, repetitions: int) -> Iterator[Row]:
    """Do each kind of work on both services in turn; return a row for each kind."""
    learner = next(dump_json(statement["actor"]).decode() for statement in read_pool(pool))
    measured: dict[str, tuple[list[float], list[float]]] = defaultdict(lambda: ([], []))
    with aged.server.connect() as old, fresh.server.connect() as new:
        for number in range(repetitions + 1):
            sides = [(at, _works(connection, learner, number)) for at, connection in enumerate((old, new))]
            for work in sides[0][1]:
                # Whoever comes second finds the processor's caches warm: each is first in every other round.
                for at, actions in sides if number % 2 else reversed(sides):
                    measured[work][at].append(milliseconds(actions[work]))
    for work, (ours, limit) in measured.items():  # the first of each warms up
        yield compare_medians(f"the same after an hour: {work}", ours[1:], limit[1:], "ms", SAME)


def _works(connection: Connection, learner: str, number: int) -> dict[str, Callable[[], object]]:
    agent = agent_named("measured")
    recommended = f"/recommendations/nuggets?{urlencode({'agent': learner, 'limit': 10})}"
    return {
        "POST single": lambda: connection.send("POST", "/xapi/statements", statement_of(agent)),
        "PUT State": lambda: connection.send("PUT", state_of(agent), numbered(number, 100)),
        "merge State": lambda: connection.send("POST", state_of(agent), numbered(number, 100)),
        "GET nuggets": lambda: connection.send("GET", recommended),
    }


def statement_of(agent: str) -> bytes:
    """Return a new Statement of an Agent (JSON)."""
    name, read, nugget = uuid.uuid4(), "https://benchmark.example/read", "https://benchmark.example/nugget"
    text = f'{{"id":"{name}","actor":{agent},"verb":{{"id":"{read}"}},"object":{{"id":"{nugget}"}}}}'
    return text.encode()


def state_of(agent: str) -> str:
    """Return the address of a State document of an Agent (JSON)."""
    query = {"activityId": "https://benchmark.example/course", "agent": agent, "stateId": "aging"}
    return f"/xapi/activities/state?{urlencode(query)}"


def numbered(number: int, size: int) -> bytes:
    """Return a document of about so many bytes; another number makes another one."""
    return dump_json({"number": number, "filling": "x" * size})


def agent_named(name: str) -> str:
    """Return an Agent (JSON)."""
    return dump_json({"mbox": f"mailto:{name}@benchmark.example"}).decode()
