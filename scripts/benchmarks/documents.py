"""Reading State documents: requests/s beside an empty Flask view, and beside pymongo finding the same documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from lrs.storage.database import StoreId
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from scripts.benchmarks.clients import Clients, Work, measure_rates
from scripts.benchmarks.endpoint import BenchmarkError, Endpoint
from scripts.benchmarks.report import Row, Target, compare_medians, in_turn
from scripts.benchmarks.servers import Site, connected

OURS, EMPTY, FOUND = "ours", "empty view", "find_one"
CLIENTS = 8
SIXTY_PERCENT = Target(">=", 0.6)
DOCUMENT = dump_json({"bookmark": "slide-17", "answers": {str(number): "true" for number in range(40)}})


ACTIVITY, STATE = "https://benchmark.example/course", "progress"


@dataclass(frozen=True, slots=True)
class GetState:
    """Read one State document again and again on one connection; counts requests."""

    endpoint: Endpoint
    learner: int
    requests: int

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Keep the document and open the connection; then read it."""
        agent = dump_json(_agent(self.learner)).decode()
        query = urlencode({"activityId": ACTIVITY, "agent": agent, "stateId": STATE})
        with self.endpoint.connect() as connection:
            connection.send("POST", f"/activities/state?{query}", DOCUMENT)

            def read() -> int:
                for _ in range(self.requests):
                    connection.send("GET", f"/activities/state?{query}")
                return self.requests

            yield read


@dataclass(frozen=True, slots=True)
class FindOne:
    """Find, with pymongo alone, the document that the LRS kept; counts finds."""

    uri: str
    store: StoreId
    learner: int
    requests: int

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Connect; then find the document."""
        condition = {
            "kind": "state",
            "activity": ACTIVITY,
            "agent": identifier_of(_agent(self.learner)),
            "registration": None,
            "document_id": STATE,
            "store": self.store,
        }
        with connected(self.uri) as database:
            documents = database.db["documents"]
            if documents.find_one(condition) is None:
                raise BenchmarkError("The State document posted is not found in the database.")

            def find() -> int:
                for _ in range(self.requests):
                    documents.find_one(condition)
                return self.requests

            yield find


def measure_documents(clients: Clients, site: Site | Endpoint, requests: int, rounds: int) -> Iterator[Row]:
    """Measure ours and its limits in turn; an endpoint that is not ours has none."""

    def ways() -> Iterator[tuple[str, list[Work]]]:
        learners = range(CLIENTS)
        if not isinstance(site, Site):
            yield OURS, [GetState(site, learner, requests) for learner in learners]
            return
        yield OURS, [GetState(site.xapi, learner, requests) for learner in learners]
        yield EMPTY, [GetState(site.empty_xapi, learner, requests) for learner in learners]
        yield FOUND, [FindOne(site.uri, site.store.id, learner, requests) for learner in learners]

    rates = measure_rates(clients, ways, rounds)
    work = f"GET State, {CLIENTS} clients"
    yield compare_medians(
        work, rates[OURS], rates[EMPTY], "requests/s", SIXTY_PERCENT if rates[EMPTY] else None
    )
    if rates[EMPTY]:
        both = in_turn(rates[EMPTY], rates[FOUND])
        yield compare_medians(
            f"{work}, beside an empty view and a raw find_one in turn", rates[OURS], both, "requests/s"
        )


def _agent(learner: int) -> dict[str, str]:
    return {"mbox": f"mailto:learner{learner}@benchmark.example"}
