"""Large catalogues: the best ten of very many nuggets beside LightFM's own predict, and requests on 10,000 of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import product
from statistics import median
from urllib.parse import urlencode

import numpy as np
from threadpoolctl import threadpool_limits

from recommender.metrics.ranking import top_scores
from recommender.models.lightfm import LightFM  # type: ignore[attr-defined]
from schemas.json_text import parse_json
from schemas.tables import write_table
from scripts.benchmarks.endpoint import BenchmarkError, Connection
from scripts.benchmarks.report import Row, Target, compare, milliseconds, percentile

DIMENSIONS = 64
BEST = 10
LEARNERS = 64
SCORES_AT_ONCE = 32_000_000
REPETITIONS = 9
ONE_25TH = Target("<=", 1 / 25)
REQUEST_P99 = Target("<=", 25, of="ours")
NUGGETS = 10_000
WAITS_S = 60
FORMATS = ("video", "article", "podcast", "course")
SKILLS = tuple(f"skill {number}" for number in range(50))
CSV = "text/csv"


def measure_best(sizes: Sequence[int]) -> Iterator[Row]:
    """Yield, for each number of nuggets, the processor time a learner of the exact best ten, beside LightFM's."""
    with threadpool_limits(1):  # threads that wait for each other spend processor time, too
        for size in sizes:
            yield _best_of(size)


def _best_of(size: int) -> Row:
    random = np.random.default_rng(1)
    users = random.normal(size=(LEARNERS, DIMENSIONS + 1)).astype(np.float32)
    users[:, -1] = 1
    items = random.normal(size=(size, DIMENSIONS + 1)).astype(np.float32)
    bare = _bare_ranking(users, items)
    if not np.array_equal(_best_products(users[:1], items)[0], bare(0)):
        raise BenchmarkError(f"The best ten of {size:,} nuggets are not those of LightFM.")
    ours = median(_processor_ms(lambda: _best_products(users, items)) for _ in range(REPETITIONS))
    limit = median(_processor_ms(partial(bare, one)) for one in range(REPETITIONS))
    work = f"best {BEST} of {size:,} nuggets, processor time a learner, beside LightFM.predict and a sort"
    return compare(work, ours / LEARNERS, limit, "ms", ONE_25TH)


def _best_products(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Rank by the product of vectors, so many learners at once as there is room for."""
    width = max(1, min(LEARNERS, SCORES_AT_ONCE // len(items)))
    parts = [
        top_scores(users[start : start + width] @ items.T, BEST) for start in range(0, len(users), width)
    ]
    return np.concatenate(parts)


def _bare_ranking(users: np.ndarray, items: np.ndarray) -> Callable[[int], np.ndarray]:
    """Return how LightFM's users rank: predict for every item, then sort."""
    model = LightFM(no_components=DIMENSIONS)
    model._initialize(DIMENSIONS, len(items), len(users))
    model.user_embeddings, model.item_embeddings = users[:, :-1].copy(), items[:, :-1].copy()
    model.user_biases, model.item_biases = np.zeros(len(users), dtype=np.float32), items[:, -1].copy()
    every = np.arange(len(items), dtype=np.int32)
    return lambda user: np.argsort(-model.predict(user, every))[:BEST]


def measure_large_catalogue(
    server: Connection, empty: Connection, agents: Sequence[str], requests: int
) -> Iterator[Row]:
    """Enter 10,000 nuggets, wait until they are recommended, then ask with filters for one learner after another."""
    server.send("POST", "/recommendations/catalogue/nuggets", _table(), CSV)
    _wait_for_them(server, agents[0])
    paths = [
        _path(agents[number % len(agents)], format=kind, skill=skill)
        for number, (skill, kind) in enumerate(product(SKILLS, FORMATS))
    ]
    chosen = [paths[number % len(paths)] for number in range(requests)]
    server.send("GET", chosen[0])
    times = [
        (milliseconds(partial(server.send, "GET", path)), milliseconds(partial(empty.send, "GET", path)))
        for path in chosen
    ]
    ours, limits = zip(*times, strict=True)
    for name, share in (("p50", 0.5), ("p99", 0.99)):
        work = f"GET nuggets with filters, {NUGGETS:,} more nuggets, {name}"
        target = REQUEST_P99 if name == "p99" else None
        yield compare(work, percentile(ours, share), percentile(limits, share), "ms", target)


def _table() -> bytes:
    rows = [
        (
            f"https://benchmark.example/nuggets/{number}",
            f"Nugget {number} about {SKILLS[number % len(SKILLS)]}",
            FORMATS[number // len(SKILLS) % len(FORMATS)],
            f"{SKILLS[number % len(SKILLS)]}|{SKILLS[number * 7 % len(SKILLS)]}",
        )
        for number in range(NUGGETS)
    ]
    return write_table(("activity", "title_en", "format", "skills"), rows)


def _wait_for_them(server: Connection, agent: str) -> None:
    """Ask until a nugget of the last skill is found: the catalogue is arranged anew beside the requests."""
    until = time.monotonic() + WAITS_S
    path = _path(agent, skill=SKILLS[-1])
    while time.monotonic() < until:
        try:
            if parse_json(server.send("GET", path))["recommendations"]:
                return
        except BenchmarkError:  # a skill that no nugget has yet is refused
            time.sleep(0.1)
    raise BenchmarkError(f"Entered nuggets are not recommended after {WAITS_S} s.")


def _path(agent: str, **filters: str) -> str:
    return "/recommendations/nuggets?" + urlencode({"agent": agent, "limit": BEST, **filters})


def _processor_ms(action: Callable[[], object]) -> float:
    started = time.process_time()
    action()
    return 1000 * (time.process_time() - started)
