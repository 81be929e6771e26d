from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def project(pytestconfig: pytest.Config) -> Path:
    return pytestconfig.rootpath


@pytest.fixture(scope="session")
def modules(project: Path) -> dict[str, ast.Module]:
    """The syntax tree of every module of the services, by path."""

    def found() -> Iterator[tuple[str, ast.Module]]:
        for folder in ("lrs", "pages", "recommender", "schemas"):
            for path in sorted((project / folder).rglob("*.py")):
                yield str(path.relative_to(project)), ast.parse(path.read_text())

    return dict(found())
