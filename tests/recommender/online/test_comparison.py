from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import find_agreeing, set_choices
from lrs.storage.database import Database
from recommender.online.comparison import Comparison, compare_arms
from recommender.online.experiments import arm_of
from recommender.online.figures import difference_lines
from recommender.storage.experiments import Experiment
from schemas.outcomes import ExperimentSchema

START_US = 1_760_000_000_000_000
HOUR_US = 3_600_000_000
EXPERIMENT = Experiment(1, (1, 2), 50, START_US)
NAMES = [f"learner{number}" for number in range(40)]


@pytest.fixture
def compared(
    database: Database,
    store: Store,
    show: Callable[..., None],
    act: Callable[..., dict[str, Any]],
    post: Callable[[list[dict[str, Any]]], None],
    persona: Callable[[str], Any],
    sync: Callable[[], Any],
    url: Callable[[str], str],
) -> Comparison:
    """Show 40 learners their version's nugget; all those of version 2 complete it, and none of version 1."""
    arms = {name: arm_of(EXPERIMENT, persona(name)) for name in NAMES}
    for name, version in arms.items():
        show(name, [url("a")], 1, version)
    show(NAMES[0], [url("b")], 1, 3 - arms[NAMES[0]])
    post([act(name, "completed", "a", 2) for name, version in arms.items() if version == 2])
    sync()
    return compare(database, store)


def compare(database: Database, store: Store) -> Comparison:
    counted = find_agreeing(database, store.id, "figures")
    return compare_arms(database, store.id, EXPERIMENT, START_US + HOUR_US, HOUR_US, counted)


def test_the_better_version_is_found(compared: Comparison) -> None:
    first, second = compared.outcomes
    assert (first.model, first.rates["completed"].rate) == (1, 0.0)
    assert (second.model, second.rates["completed"].rate) == (2, 1.0)
    assert first.learners + second.learners == len(NAMES)


def test_what_was_shown_by_the_wrong_version_is_left_out(compared: Comparison) -> None:
    assert sum(one.shown for one in compared.outcomes) == len(NAMES)


def test_a_comparison_is_shown_in_words_and_in_numbers(compared: Comparison) -> None:
    assert difference_lines(compared)[2].startswith("completed: version 2 minus version 1 +1.0000")
    told = ExperimentSchema().dump(compared)
    assert told["differences"]["completed"]["p"] < 0.01
    assert (told["versions"], told["ended"], told["promoted"]) == ([1, 2], None, None)


def test_who_refuses_to_be_counted_is_in_no_comparison(
    compared: Comparison, database: Database, store: Store, identifier: Callable[[str], str]
) -> None:
    for name in NAMES[:3]:
        set_choices(database, store.id, identifier(name), {"figures": False})
    assert sum(one.learners for one in compared.outcomes) == len(NAMES)
    assert sum(one.learners for one in compare(database, store).outcomes) == len(NAMES) - 3
