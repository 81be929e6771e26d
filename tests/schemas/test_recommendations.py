import pytest

from schemas.errors import InvalidInputError
from schemas.recommendations import RecommendationQuery, parse_recommendation_query

AGENT = '{"mbox":"mailto:ada@example.org"}'


@pytest.mark.parametrize(("extra", "limit"), [([], 10), ([("limit", "1")], 1), ([("limit", "100")], 100)])
def test_a_recommendation_query_is_read(extra, limit):
    expected = RecommendationQuery({"mbox": "mailto:ada@example.org"}, "mbox|mailto:ada@example.org", limit)
    assert parse_recommendation_query([("agent", AGENT), *extra]) == expected


@pytest.mark.parametrize(
    "pairs",
    [
        [],
        [("limit", "5")],
        [("agent", "{}")],
        *([("agent", AGENT), ("limit", limit)] for limit in ["0", "101", "-1", "x", ""]),
        [("agent", AGENT), ("agent", AGENT)],
        [("agent", AGENT), ("Limit", "5")],
    ],
)
def test_a_wrong_recommendation_query_is_refused(pairs):
    with pytest.raises(InvalidInputError, match="parameter "):
        parse_recommendation_query(pairs)


def test_the_maximum_may_be_lower():
    assert parse_recommendation_query([("agent", AGENT)], maximum=5).limit == 5
