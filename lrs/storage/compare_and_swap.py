"""Compare and swap: read, decide, and write only if nothing changed in between; otherwise start again."""

from __future__ import annotations

from collections.abc import Callable

from tenacity import Retrying, retry_if_result, stop_after_attempt, wait_random_exponential

SHORTEST_PAUSE_S = 0.002


def swap_until_done(attempt: Callable[[], bool], attempts: int, longest_pause_s: float) -> bool:
    """Call `attempt` until it returns True (it wrote); return False if other writers came first every time.

    The pauses between are random, so that two writers do not meet again, and grow up to `longest_pause_s`.
    """
    return attempt() or _try_again(attempt, attempts - 1, longest_pause_s)


def _try_again(attempt: Callable[[], bool], attempts: int, longest_pause_s: float) -> bool:
    """Wait and try again. Kept apart because the first attempt nearly always succeeds."""
    retrying = Retrying(
        retry=retry_if_result(_came_too_late),
        stop=stop_after_attempt(attempts),
        wait=wait_random_exponential(multiplier=SHORTEST_PAUSE_S, max=longest_pause_s),
        retry_error_callback=lambda state: False,
    )
    return bool(retrying(attempt))


def _came_too_late(written: bool) -> bool:
    return not written
