import pytest

from schemas.errors import InvalidInputError
from schemas.recommendations import (
    NuggetFilters,
    RecommendationQuery,
    parse_nugget_query,
    parse_path_query,
    parse_recommendation_query,
    parse_similar_query,
)

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


def _nugget_query(**more):
    return parse_nugget_query([("agent", AGENT), *more.items()], 100, ("en", "de"))


def test_a_question_for_nuggets_is_read():
    query = _nugget_query(
        format="Video, article,video",
        modality="social",
        language="de-AT,de",
        skill=" SQL ",
        max_minutes="30",
        mix="formal:5, social:0",
        diversity="0.25",
        answer_language="de-CH",
        more="abc",
    )
    assert query.filters == NuggetFilters(
        ("video", "article"), ("social",), ("de",), skill="sql", max_minutes=30
    )
    assert query.filters.named() == {
        "format": ("video", "article"),
        "modality": ("social",),
        "language": ("de",),
    }
    assert query.mix == {"formal": 5, "social": 0}
    assert (query.diversity, query.speaks, query.more, query.limit) == (0.25, "de", "abc", 10)


@pytest.mark.parametrize("value", ["0", "0.0", "1", "1.0", ".5", "0.123456789"])
def test_a_share_is_a_number_from_0_to_1(value):
    assert _nugget_query(diversity=value).diversity == float(value)


@pytest.mark.parametrize("value", ["", "-1", "1.1", "2", "nan", "inf", "1e-3", "0x1", "\u0660"])
def test_another_share_is_refused(value):
    with pytest.raises(InvalidInputError, match="from 0 to 1"):
        _nugget_query(diversity=value)


def test_who_asks_for_similar_nuggets_may_be_left_out():
    query = parse_similar_query([("activity", "https://example.org/x")], 100, ("en",))
    assert (query.activity, query.agent, query.identifier) == ("https://example.org/x", None, "")


@pytest.mark.parametrize(
    ("pairs", "target"),
    [([], ("", "")), ([("skill", " SQL")], ("skill", "sql")), ([("goal", "x")], ("goal", "x"))],
)
def test_a_path_has_one_target_or_none(pairs, target):
    query = parse_path_query([("agent", AGENT), *pairs], ("en",))
    assert (query.target, query.value) == target
