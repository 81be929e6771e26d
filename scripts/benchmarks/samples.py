"""Statements to post: those of the demo organisation, each time under ids of their own."""

from __future__ import annotations

import itertools
import json
import secrets
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cache
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from schemas.json_text import dump_json, parse_json
from schemas.vocabulary import VOIDED
from scripts.demo import generate_statements

UNTIL = datetime(2026, 1, 1, tzinfo=timezone.utc)
BEFORE_ID = b'{"id":"'
AFTER_ID = len(BEFORE_ID) + 36


seeds = itertools.count(secrets.randbits(40))
"""A seed that no run used before, so that no Statement is posted twice to the same endpoint."""


def write_pool(path: Path, learners: int, months: int) -> int:
    """Write the organisation's Statements, one a line, without voiding ones; return the mean length."""
    made = generate_statements(learners=learners, months=months, until=UNTIL)
    lines = [dump_json(one) for one in made if one["verb"]["id"] != VOIDED]
    path.write_bytes(b"\n".join(lines))
    return sum(map(len, lines)) // len(lines)


@cache
def _tails(pool: Path) -> list[bytes]:
    """Return each Statement's text after its id."""
    return [line[AFTER_ID:] for line in pool.read_bytes().split(b"\n")]


@dataclass(frozen=True, slots=True)
class Batches:
    """Some requests of some Statements each, taken from a pool from `start` on; the seed makes the ids."""

    pool: Path
    seed: int
    requests: int
    size: int
    start: int = 0

    def ids(self) -> list[str]:
        """Return the id of each Statement, in order."""
        rng = Random(self.seed)
        return [str(UUID(int=rng.getrandbits(128), version=4)) for _ in range(self.requests * self.size)]

    def bodies(self) -> Iterator[bytes]:
        """Yield the body of each request: an array, or the Statement itself where the size is 1."""
        texts = self.texts()
        while some := list(itertools.islice(texts, self.size)):
            yield some[0] if self.size == 1 else b"[" + b",".join(some) + b"]"

    def texts(self) -> Iterator[bytes]:
        """Yield the text of each Statement, in order."""
        tails = _tails(self.pool)
        for position, name in enumerate(self.ids(), self.start):
            yield BEFORE_ID + name.encode() + tails[position % len(tails)]


def read_pool(pool: Path) -> list[dict[str, Any]]:
    """Return the Statements of a pool."""
    return [parse_json(line) for line in pool.read_bytes().split(b"\n")]


def most_common(pool: Path, part: Callable[[dict[str, Any]], Any]) -> Any:
    """Return the value of a part that most Statements of a pool have."""
    counted = Counter(json.dumps(part(statement), sort_keys=True) for statement in read_pool(pool))
    del counted["null"]
    return json.loads(counted.most_common(1)[0][0])
