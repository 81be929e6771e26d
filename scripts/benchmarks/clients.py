"""Client processes: they get ready on their own, begin together, and the rate of all is measured."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from typing import Any, Protocol

from scripts.benchmarks.endpoint import BenchmarkError


class Work(Protocol):
    """The work of one client: `open` prepares it and returns the part to be measured, which counts."""

    def open(self) -> AbstractContextManager[Callable[[], Any]]:
        """Get ready."""


@dataclass(frozen=True, slots=True)
class Clients:
    """Processes that wait for work, each at the other end of a pipe."""

    pipes: Sequence[Pipe]

    def rate(self, works: Sequence[Work]) -> float:
        """Give each work to a process of its own; return what all did in a second, first start to last end."""
        counts, seconds = self.run(works)
        return float(sum(counts) / seconds)

    def run(self, works: Sequence[Work]) -> tuple[list[Any], float]:
        """Give each work to a process of its own; return what each gave, and how long (s) all took together."""
        busy = self.pipes[: len(works)]
        for pipe, work in zip(busy, works, strict=True):
            pipe.send(work)
        _hear(busy)
        for pipe in busy:
            pipe.send("go")
        starts, ends, given = zip(*_hear(busy), strict=True)
        return list(given), max(ends) - min(starts)


def measure_rates(
    clients: Clients, ways: Callable[[], Iterable[tuple[str, Sequence[Work]]]], rounds: int
) -> dict[str, list[float]]:
    """Return the rates of each way of doing a work: all ways in turn, round by round; the first warms up."""
    rates: dict[str, list[float]] = defaultdict(list)
    for number in range(rounds + 1):
        for way, works in ways():
            rate = clients.rate(works)
            if number:
                rates[way].append(rate)
    return rates


def _hear(pipes: Sequence[Pipe]) -> list[Any]:
    try:
        return [pipe.recv() for pipe in pipes]
    except EOFError as error:
        raise BenchmarkError("A client process failed; the lines above tell why.") from error


@contextmanager
def running_clients(count: int) -> Iterator[Clients]:
    """Run client processes for the length of the block."""
    context = multiprocessing.get_context("spawn")
    pairs = [context.Pipe() for _ in range(count)]
    processes = [context.Process(target=_work, args=(far,), daemon=True) for _, far in pairs]
    try:
        for process, (_, far) in zip(processes, pairs, strict=True):
            process.start()
            far.close()
        yield Clients([near for near, _ in pairs])
    finally:
        for near, _ in pairs:
            near.close()
        for process in processes:
            if process.pid:
                process.kill()
                process.join()


def _work(pipe: Pipe) -> None:
    """Do work after work until the other end of the pipe is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, BrokenPipeError):
        while True:
            with pipe.recv().open() as measured:
                pipe.send(None)
                pipe.recv()
                started = time.monotonic()
                given = measured()
                pipe.send((started, time.monotonic(), given))
