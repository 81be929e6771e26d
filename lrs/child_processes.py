"""Settings that all processes started by the service share."""

from __future__ import annotations

import ctypes
import signal
import sys

_PR_SET_PDEATHSIG = 1
FEW_ARENAS = {"MALLOC_ARENA_MAX": "2"}
"""glibc keeps memory for each thread by itself, so that a process of many threads seems to grow for hours."""


def die_with_parent() -> None:
    """Ask Linux to stop this child when the process that started it ends, however it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
