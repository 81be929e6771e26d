"""Runs commands in processes forked from one that has imported them all: that takes longer than most commands.

A forked process is like `python -m scripts.cli ARGUMENTS` from there on: its own environment, output and exit status.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import runpy
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.context import ForkServerContext
from pathlib import Path

from scripts.cli import COMMANDS

IMPORTED = [f"scripts.{module}" for listed in COMMANDS.values() for module, _ in listed.values()]
TIMEOUT_S = 280


def context() -> ForkServerContext:
    """Return what starts processes from one that has imported all commands."""
    forking = multiprocessing.get_context("forkserver")
    forking.set_forkserver_preload([__name__, *(name for name in IMPORTED if not name.endswith("__main__"))])
    return forking


def run_command(
    arguments: Sequence[str], environment: Mapping[str, str], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own; return what it printed and its exit status."""
    outputs = [folder / name for name in ("stdout", "stderr")]
    process = context().Process(target=_run, args=(list(arguments), dict(environment), *map(str, outputs)))
    process.start()
    process.join(TIMEOUT_S)
    if process.exitcode is None:
        process.kill()
        raise subprocess.TimeoutExpired(list(arguments), TIMEOUT_S)
    printed = [path.read_text() for path in outputs]
    return subprocess.CompletedProcess(list(arguments), process.exitcode, *printed)


def _run(arguments: Sequence[str], environment: Mapping[str, str], *outputs: str) -> None:
    """Become the command."""
    os.environ.clear()
    os.environ.update(environment)
    for number, path in enumerate(outputs, 1):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    sys.argv[:] = ["scripts.cli", *arguments]
    sys.orig_argv[:] = [sys.executable, "-m", *sys.argv]
    del sys.modules["scripts.cli"]  # as if nobody had imported it
    try:
        runpy.run_module("scripts.cli", run_name="__main__", alter_sys=True)
    finally:
        threading._shutdown()
        atexit._run_exitfuncs()
