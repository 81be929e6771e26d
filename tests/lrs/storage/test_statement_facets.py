"""What values are found by."""

import pytest

from lrs.storage.statement_facets import LONGEST_VALUE, Facets, facet_fields, kept_value, number_of_values

FACETS = Facets("https://v", ("a", "b"), ("a", "b", "c"), (), ("https://o",), "some-registration")


@pytest.mark.parametrize(
    "value", ["", "x", "x" * LONGEST_VALUE, "é" * (LONGEST_VALUE // 2), "\U0001f600" * 64]
)
def test_a_short_value_is_found_by_itself(value):
    assert kept_value(value) == value


@pytest.mark.parametrize("value", ["x" * (LONGEST_VALUE + 1), "é" * 129, "\U0001f600" * 65, "x" * 4_000_000])
def test_a_long_value_is_found_by_a_digest_of_all_of_it(value):
    kept = kept_value(value)
    assert kept.startswith("sha256|")
    assert len(kept) == 71
    assert kept == kept_value(value) != kept_value(f"{value}x")


def test_all_values_are_counted():
    assert FACETS.number == number_of_values(facet_fields(FACETS)) == 8


def test_fields_keep_long_values_as_digests():
    fields = facet_fields(Facets("v" * 300, ("a" * 300,), ("r" * 300,), ("o" * 300,), ("p" * 300,), None))
    assert [value[:7] for values in fields.values() for value in values] == ["sha256|"] * 5
    assert fields["registrations"] == []
