"""Which rows go together into one transaction."""

from dataclasses import replace
from itertools import count, pairwise

import pytest

from lrs.storage.embedded_engine.budget import TRANSACTIONS_BYTES
from lrs.storage.embedded_engine.weights import USUAL_VALUES, fitting, weigh
from lrs.storage.statements.documents import StatementRow
from lrs.storage.statements.facets import Facets

FACETS = Facets("https://v", ("a",), ("a", "b"), ("https://o",), ("https://o",), None)
ROW = StatementRow("id", b"seq", 1, 1, FACETS, "b", "key", None, False, b"f", b"", True)


_names = count()


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
    assert all(len(part) == 1 or weigh(part) <= TRANSACTIONS_BYTES for part in parts)
    both = [weigh([*part, following[0]]) for part, following in pairwise(parts)]
    assert all(weight > TRANSACTIONS_BYTES for weight in both)


def test_a_row_weighs_more_with_a_longer_text_and_with_more_values_than_usual():
    assert weigh([row(1_000)]) > weigh([row()])
    assert weigh([row(members=USUAL_VALUES)]) > weigh([row()]) == weigh([row(members=3)])


def test_values_that_rows_have_in_common_weigh_once():
    alike = [row(members=100, name="all") for _ in range(20)]
    assert weigh(alike) == weigh([row() for _ in range(20)])
    assert weigh([row(members=100) for _ in range(20)]) > 10 * weigh(alike)
    assert list(fitting(alike * 10)) == [alike * 10]
