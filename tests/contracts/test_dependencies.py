"""What is imported is declared, and what is declared is imported; each with its reason in the docs."""

import ast
import re
import sys
from importlib.metadata import packages_distributions

import pytest

tomllib = pytest.importorskip("tomllib", reason="Python 3.10 cannot read pyproject.toml")

SERVICES, OTHERS = ("lrs", "pages", "recommender", "schemas"), ("scripts", "tests")
STARTED = {"secantusdb"}
"""What is run as a process."""
TOOLS = {
    *("bandit", "pip-audit"),
    *("import-linter", "mypy", "ruff", "schemathesis"),
    *("pytest-randomly", "pytest-rerunfailures", "pytest-timeout", "pytest-xdist"),
}
"""What is called by name while developing."""


def plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def declared(project):
    """The declared packages: of the services, of their extras, and of development."""
    tables = tomllib.loads((project / "pyproject.toml").read_text())["project"]
    extras = tables["optional-dependencies"]
    groups = {"services": tables["dependencies"], **extras}
    return {
        group: {plain(re.split(r"[\[<>=~!; ]", line, maxsplit=1)[0]) for line in lines}
        for group, lines in groups.items()
    }


@pytest.fixture(scope="module")
def imported(project):
    """The packages that each folder imports from elsewhere."""
    return {folder: packages_of(project / folder) for folder in (*SERVICES, *OTHERS)}


def packages_of(folder):
    distributions = packages_distributions()
    own = [
        path for path in folder.rglob("*.py") if ".edx" not in path.parts and "node_modules" not in path.parts
    ]
    modules = {name for path in own for name in modules_in(ast.parse(path.read_text()))}
    tops = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    theirs = tops - {*SERVICES, *OTHERS, "_typeshed"}
    return {plain(distributions[name][0]) for name in theirs if name in distributions} | {
        name for name in theirs if name not in distributions
    }


def modules_in(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module


@pytest.mark.parametrize("folder", SERVICES)
def test_what_a_service_imports_is_declared(declared, imported, folder):
    known = set().union(*(names for group, names in declared.items() if group != "dev"))
    assert imported[folder] - known == set()


@pytest.mark.parametrize("folder", OTHERS)
def test_what_scripts_and_tests_import_is_declared(declared, imported, folder):
    assert imported[folder] - set().union(*declared.values()) == set()


def test_what_is_declared_is_imported_or_started(declared, imported):
    used = set().union(*imported.values()) | STARTED | TOOLS
    used |= {"learnerprise"}  # an extra of its own
    needless = {name for names in declared.values() for name in names if not name.startswith("types-")} - used
    assert needless == set()


def test_every_package_has_its_reason_in_the_docs(declared, project):
    reasons = plain((project / "docs" / "dependencies.md").read_text())
    names = {name for names in declared.values() for name in names if not name.startswith("types-")}
    short = {name.removeprefix("pytest-") for name in names}
    assert {name for name in short if name not in reasons} == set()
