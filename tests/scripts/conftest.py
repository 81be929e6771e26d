"""Commands run as an admin runs them: `learnerprise NAME ...` in a process of its own, on the test's database."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from lrs.storage.database import Database
from tests.scripts.forking import run_command

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(database: Database, database_uri: str, tmp_path: Path) -> Run:
    """Run a command with arguments; returns what it printed and its exit status."""

    def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        variables = {
            **os.environ,
            "MONGODB_URI": database_uri,
            "LEARNERPRISE_DATA": str(tmp_path / "data"),
            "LEARNERPRISE_PSEUDONYM_KEYS": str(tmp_path / "keys"),
            "RECOMMENDER_EPOCHS": "5",
            "RECOMMENDER_DIMENSIONS": "8",
            **environment,
        }
        return run_command(arguments, variables, Path(tempfile.mkdtemp(dir=tmp_path)))

    return call
