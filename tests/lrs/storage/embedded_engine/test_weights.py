"""Which rows go together into one transaction."""

from dataclasses import replace
from itertools import count, pairwise

import pytest

from lrs.storage.embedded_engine import weights
from lrs.storage.embedded_engine.budget import BUDGET_BYTES
from lrs.storage.embedded_engine.weights import (
    COPIES,
    ROW_BYTES,
    USUAL_VALUES,
    fitting,
    is_too_heavy,
)
from lrs.storage.statement_documents import RowsSize, StatementRow
from lrs.storage.statement_facets import Facets
from lrs.storage.transactions import WriteSize

FACETS = Facets("https://v", ("a",), ("a", "b"), ("https://o",), ("https://o",), None)
ROW = StatementRow("id", b"seq", 1, 1, FACETS, "key", None, False, b"f", b"")


_names = count()


def weigh(rows):
    return weights.weigh(RowsSize(rows).total)


def row(size=0, members=0, name=None):
    name = next(_names) if name is None else name
    agents = tuple(f"member {number} of {name}" for number in range(members))
    return replace(ROW, text=b"x" * size, facets=replace(FACETS, agents=agents))


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [row(1_700)] * 3_000,
        [row(100, members=100) for _ in range(200)],
        [row(4_000_000, members=4_000) for _ in range(3)],
        [row(10), row(5_000_000), row(10), row(10, members=5_000), row(10)],
    ],
    ids=["none", "usual", "groups", "heavy", "mixed"],
)
def test_parts_hold_all_rows_in_order_and_fit(rows):
    parts = list(fitting(rows))
    assert [one for part in parts for one in part] == rows
    assert all(len(part) == 1 or weigh(part) <= BUDGET_BYTES for part in parts)
    both = [weigh([*part, following[0]]) for part, following in pairwise(parts)]
    assert all(weight > BUDGET_BYTES for weight in both)


def test_a_row_weighs_more_with_a_longer_text_and_with_more_values_than_usual():
    assert weigh([row(1_000)]) > weigh([row()])
    assert weigh([row(members=USUAL_VALUES)]) > weigh([row()]) == weigh([row(members=3)])


def test_values_that_rows_have_in_common_weigh_once():
    alike = [row(members=100, name="all") for _ in range(20)]
    assert weigh(alike) == weigh([row() for _ in range(20)])
    assert weigh([row(members=100) for _ in range(20)]) > 10 * weigh(alike)
    assert list(fitting(alike * 10)) == [alike * 10]


def test_documents_are_reckoned_by_texts_and_by_number():
    assert weights.weigh(WriteSize.of_texts([b"x" * 1000, b""])) == COPIES * 1000 + 2 * ROW_BYTES


@pytest.mark.parametrize(
    ("rows", "too_heavy"),
    [
        ([row(4_000_000, members=4_990)], False),
        ([row(2_000)] * 2_000, False),
        ([row(20_000)] * 2_000, False),
        ([row(members=100) for _ in range(80)], False),
        ([row(members=100) for _ in range(100)], True),
        ([row(60_000)] * 2_000, True),
    ],
    ids=["the heaviest one", "usual", "long", "groups", "many groups", "very long"],
)
def test_what_one_transaction_cannot_hold_is_known_before(rows, too_heavy):
    assert is_too_heavy(RowsSize(rows).total) is too_heavy
