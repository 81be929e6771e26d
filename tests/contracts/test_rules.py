"""docs/rules.md names, for each of the sixty rules, tests that exist."""

import re

import pytest

ROW = re.compile(r"^\| (\d+) \| ([12B]) \| (.+) \| (.+) \|$", re.MULTILINE)


@pytest.fixture(scope="module")
def rules(pytestconfig):
    """The names of tests by the number of their rule."""
    page = (pytestconfig.rootpath / "docs" / "rules.md").read_text()
    return {int(row[1]): re.findall(r"`([^`]+\.py::[^`]+)`", row[4]) for row in ROW.finditer(page)}


@pytest.fixture(scope="module")
def existing(pytestconfig):
    """The names of all tests there are, as the page writes them."""
    folder = pytestconfig.rootpath / "tests"
    return {
        f"{path.relative_to(folder).as_posix()}::{name}"
        for path in folder.rglob("test_*.py")
        for name in re.findall(r"^ *def (test_\w+)", path.read_text(), re.MULTILINE)
    }


def test_every_rule_stands_there_once(rules):
    assert list(rules) == list(range(1, 61))


def test_every_rule_has_a_test_named_after_it(rules):
    for number, tests in rules.items():
        assert [test for test in tests if f"::test_rule_{number:02}_" in test], number


def test_every_test_named_exists(rules, existing):
    assert {test for tests in rules.values() for test in tests} <= existing


def test_every_test_named_after_a_rule_stands_in_its_row(rules, existing):
    named = [test for test in sorted(existing) if "::test_rule_" in test]
    astray = [test for test in named if test not in rules[int(test.split("::test_rule_")[1][:2])]]
    assert astray == []
