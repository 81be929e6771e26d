from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

LIST_ROUTES = """
import json
from recommender.app import create_app
rules = create_app().url_map.iter_rules()
print(json.dumps([[rule.rule, sorted(rule.methods)] for rule in rules]))
"""


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath


@pytest.fixture(scope="session")
def routes(database_uri: str, database: object) -> list[tuple[str, list[str]]]:
    """Every route of the whole application with its methods, as the application itself lists them."""
    environment = {**os.environ, "MONGODB_URI": database_uri, "LEARNERPRISE_LOG_LEVEL": "ERROR"}
    listed = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES], env=environment, capture_output=True, check=True, timeout=60
    )
    return [(path.replace("<path:filename>", "x"), methods) for path, methods in json.loads(listed.stdout)]


@pytest.fixture(scope="session")
def modules(project: Path) -> dict[str, ast.Module]:
    """The syntax tree of every module of the services, by path."""

    def found() -> Iterator[tuple[str, ast.Module]]:
        for folder in ("lrs", "recommender", "schemas"):
            for path in sorted((project / folder).rglob("*.py")):
                yield str(path.relative_to(project)), ast.parse(path.read_text())

    return dict(found())
