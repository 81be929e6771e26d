"""A CSV that is too long is cut, and its last line says so."""

import csv

import pytest

from pages.tables import Column, Table, as_csv, as_streamed_csv

TABLE = Table("t", (Column("a", "A"), Column("b", "B")), [{"a": "=1", "b": number} for number in range(5)])


def test_a_table_that_fits_is_streamed_as_it_is_written_at_once():
    assert as_streamed_csv(TABLE, 5, 1000).get_data() == as_csv(TABLE).get_data()


@pytest.mark.parametrize(("most_rows", "most_bytes"), [(2, 1000), (5, 20)])
def test_a_table_that_is_cut_says_so_in_its_last_line(most_rows, most_bytes):
    answer = as_streamed_csv(TABLE, most_rows, most_bytes)
    assert answer.is_streamed
    *_, last_row, last = csv.reader(answer.get_data(as_text=True).splitlines())
    assert last_row == ["'=1", "1"]
    assert last[0].startswith("cut: 2 of 5 rows")
