from types import SimpleNamespace

import pytest

from schemas.errors import InvalidInputError
from schemas.recommendations import (
    LearningPathSchema,
    NuggetFilters,
    NuggetQuerySchema,
    NuggetRecommendationsSchema,
    PathQuerySchema,
    RecommendationQuery,
    RecommendationQuerySchema,
    SimilarNuggetsSchema,
    SimilarQuerySchema,
)

AGENT = '{"mbox":"mailto:ada@example.org"}'


@pytest.mark.parametrize(("extra", "limit"), [([], 10), ([("limit", "1")], 1), ([("limit", "100")], 100)])
def test_a_recommendation_query_is_read(extra, limit):
    expected = RecommendationQuery({"mbox": "mailto:ada@example.org"}, "mbox|mailto:ada@example.org", limit)
    assert RecommendationQuerySchema().read([("agent", AGENT), *extra]) == expected


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
        RecommendationQuerySchema().read(pairs)


def test_the_maximum_may_be_lower():
    assert RecommendationQuerySchema(maximum=5).read([("agent", AGENT)]).limit == 5


def _nugget_query(**more):
    return NuggetQuerySchema(100, ("en", "de")).read([("agent", AGENT), *more.items()])


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
    query = SimilarQuerySchema(100, ("en",)).read([("activity", "https://example.org/x")])
    assert (query.activity, query.agent, query.identifier) == ("https://example.org/x", None, "")


@pytest.mark.parametrize(
    ("pairs", "target"),
    [([], ("", "")), ([("skill", " SQL")], ("skill", "sql")), ([("goal", "x")], ("goal", "x"))],
)
def test_a_path_has_one_target_or_none(pairs, target):
    query = PathQuerySchema(100, ("en",)).read([("agent", AGENT), *pairs])
    assert (query.target, query.value) == target


def test_a_path_has_no_second_target():
    with pytest.raises(InvalidInputError, match="cannot go with skill; send one") as caught:
        PathQuerySchema().read([("agent", AGENT), ("role", "a"), ("skill", "b")])
    assert caught.value.path == "role"


def test_a_question_for_similar_nuggets_may_name_who_asks():
    query = SimilarQuerySchema().read([("activity", "a:b"), ("agent", AGENT), ("level", "expert")])
    assert (query.identifier, query.filters) == (
        "mbox|mailto:ada@example.org",
        NuggetFilters(level=("expert",)),
    )
    with pytest.raises(InvalidInputError, match="parameter activity is missing"):
        SimilarQuerySchema().read([("agent", AGENT)])


ACTIVITY = {"objectType": "Activity", "id": "a:b", "definition": {"name": {"en": "B"}}}
NUGGET = SimpleNamespace(
    activity="a:b", definition={"name": {"en": "B"}}, rank=1, score=0.25, reasons=("New",)
)
RECOMMENDED = {"rank": 1, "score": 0.25, "activity": ACTIVITY, "reasons": ["New"]}


def test_nuggets_are_answered():
    body = {"agent": {"mbox": "mailto:a@b.c"}, "model": 3, "recommendations": (NUGGET,), "more": "/next"}
    assert NuggetRecommendationsSchema().dump(body) == {**body, "recommendations": [RECOMMENDED]}
    body = {"activity": "a:x", "model": None, "recommendations": (NUGGET,)}
    assert SimilarNuggetsSchema().dump(body) == {**body, "recommendations": [RECOMMENDED]}


def test_a_path_is_answered():
    step = SimpleNamespace(**vars(NUGGET), adds=(("sql", 2), ("git", 1)), needed_before=None, hours=0.5)
    group = {"towards": "skill", "name": "sql", "steps": [1], "hours": 0.5}
    body = {
        "agent": {"mbox": "mailto:a@b.c"},
        "model": None,
        "towards": {"skill": "sql"},
        "message": "One step.",
        "steps": (step,),
        "known": ("git",),
        "missing": (),
        "not_taught": (),
        "language": "en",
        "hours": 0.5,
        "groups": (SimpleNamespace(**group),),
    }
    adds = [{"skill": "sql", "level": 2}, {"skill": "git", "level": 1}]
    written = {"rank": 1, "activity": ACTIVITY, "adds": adds, "needed_before": None, "reasons": ["New"]}
    written["hours"] = 0.5
    assert LearningPathSchema().dump(body) == {
        **body,
        "steps": [written],
        "known": ["git"],
        "missing": [],
        "not_taught": [],
        "groups": [group],
    }
