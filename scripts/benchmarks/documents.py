"""Reading State documents: requests/s beside an empty Flask view."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlencode

from schemas.json_text import dump_json
from scripts.benchmarks.clients import Clients, Work, measure_rates
from scripts.benchmarks.endpoint import Endpoint
from scripts.benchmarks.report import Row, Target, compare_medians
from scripts.benchmarks.servers import Site

OURS, EMPTY = "ours", "empty view"
CLIENTS = 8
SIXTY_PERCENT = Target(">=", 0.6)
DOCUMENT = dump_json({"bookmark": "slide-17", "answers": {str(number): "true" for number in range(40)}})


@dataclass(frozen=True, slots=True)
class GetState:
    """Read one State document again and again on one connection; counts requests."""

    endpoint: Endpoint
    learner: int
    requests: int

    @contextmanager
    def open(self) -> Iterator[Callable[[], int]]:
        """Keep the document and open the connection; then read it."""
        agent = {"mbox": f"mailto:learner{self.learner}@benchmark.example"}
        query = urlencode(
            {
                "activityId": "https://benchmark.example/course",
                "agent": dump_json(agent).decode(),
                "stateId": "progress",
            }
        )
        with self.endpoint.connect() as connection:
            connection.send("POST", f"/activities/state?{query}", DOCUMENT)

            def read() -> int:
                for _ in range(self.requests):
                    connection.send("GET", f"/activities/state?{query}")
                return self.requests

            yield read


def measure_documents(clients: Clients, site: Site | Endpoint, requests: int, rounds: int) -> Row:
    """Measure ours and the empty view in turn; an endpoint that is not ours has no limit."""

    def ways() -> Iterator[tuple[str, list[Work]]]:
        if not isinstance(site, Site):
            yield OURS, _works(site, requests)
            return
        yield OURS, _works(site.xapi, requests)
        yield EMPTY, _works(site.empty_xapi, requests)

    rates = measure_rates(clients, ways, rounds)
    work = f"GET State, {CLIENTS} clients"
    target = SIXTY_PERCENT if rates[EMPTY] else None
    return compare_medians(work, rates[OURS], rates[EMPTY], "requests/s", target)


def _works(endpoint: Endpoint, requests: int) -> list[Work]:
    return [GetState(endpoint, learner, requests) for learner in range(CLIENTS)]
