"""Definitions of one Activity, merged: order, validity, and what is kept aside."""

from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.definitions import SETTLED_US, Brought, shown_definition
from lrs.definitions import merge_definition as merge_brought
from schemas.activities import COMPONENT_TYPES, ActivitySchema
from schemas.compiled import accepts
from schemas.versions import SERVED
from schemas.vocabulary import INTERACTION_TYPES


def seq(time):
    return time.to_bytes(8, "big") + bytes(6)


def merge_definition(state, definition, seq, **rest):
    return merge_brought(state, Brought("x:a", definition, seq, **rest))


def merged(*definitions):
    pairs = [(item, seq(place)) for place, item in enumerate(definitions)]
    return shown_definition(reduce(lambda state, pair: merge_definition(state, *pair), pairs, {}))


@pytest.mark.parametrize(
    ("known", "news", "expected"),
    [
        ({}, {"type": "t"}, {"type": "t"}),
        ({"type": "t"}, {}, {"type": "t"}),
        ({"type": "t"}, {"type": "u"}, {"type": "u"}),
        ({"name": {"en": "a", "ca": "b"}}, {"name": {"en": "c"}}, {"name": {"en": "c", "ca": "b"}}),
        (
            {"extensions": {"x:a": {"deep": 1}}},
            {"extensions": {"x:a": {"other": 1}, "x:b": 2}},
            {"extensions": {"x:a": {"other": 1}, "x:b": 2}},
        ),
        ({"extensions": {"x:a": True}}, {"extensions": {"x:a": 1}}, {"extensions": {"x:a": 1}}),
    ],
)
def test_news_are_laid_over_what_is_known(known, news, expected):
    assert repr(merged(known, news)) == repr(expected)


CHOICE = {
    "interactionType": "choice",
    "choices": [{"id": "a"}, {"id": "b"}],
    "correctResponsesPattern": ["a"],
}
FILL_IN = {"interactionType": "fill-in", "correctResponsesPattern": ["word"]}


def test_a_question_of_another_type_leaves_nothing_of_the_one_before():
    assert merged(CHOICE, FILL_IN) == FILL_IN
    assert merged(CHOICE, {"interactionType": "fill-in"}) == {"interactionType": "fill-in"}


def test_a_question_of_the_same_type_keeps_what_is_not_said_again():
    assert merged(CHOICE, FILL_IN, {"interactionType": "choice"}) == CHOICE
    news = {"interactionType": "choice", "choices": [{"id": "c"}]}
    assert merged(CHOICE, news) == {**CHOICE, **news}


def question(kind):
    fitting = [name for name, kinds in COMPONENT_TYPES.items() if kind in kinds]
    components = st.lists(st.builds(dict, id=st.sampled_from("abc")), unique_by=lambda item: item["id"])
    optional = dict.fromkeys(fitting, components)
    optional["correctResponsesPattern"] = st.lists(st.sampled_from(["a", "b[,]a"]), max_size=2)
    return st.fixed_dictionaries({"interactionType": st.just(kind)}, optional=optional)


TEXTS = st.dictionaries(st.sampled_from(["en", "ca", "x-a"]), st.sampled_from("ab"))
PLAIN = st.fixed_dictionaries(
    {},
    optional={
        "name": TEXTS,
        "description": TEXTS,
        "type": st.sampled_from(["x:a", "x:b"]),
        "moreInfo": st.just("x:m"),
        "extensions": st.dictionaries(
            st.sampled_from(["x:a", "x:b"]), st.sampled_from([None, 1, 1.0, True, [1]])
        ),
    },
)
QUESTIONS = st.just({}) | st.sampled_from(INTERACTION_TYPES).flatmap(question)
DEFINITIONS = st.builds(lambda plain, asked: {**plain, **asked}, PLAIN, QUESTIONS)


@given(st.lists(DEFINITIONS, min_size=1, max_size=6))
def test_what_comes_of_valid_definitions_is_valid(definitions):
    activity = {"id": "x:a", "definition": merged(*definitions)}
    assert all(accepts(ActivitySchema, rules, activity) for rules in SERVED)


@given(st.lists(DEFINITIONS, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_whatever_order_definitions_were_merged_in_the_newest_wins_once_all_are(definitions, random):
    pairs = [(item, seq(place)) for place, item in enumerate(definitions)]
    random.shuffle(pairs)
    state = reduce(lambda known, pair: merge_definition(known, *pair), pairs, {})
    again = reduce(
        lambda known, pair: merge_definition(known, *pair), sorted(pairs, key=lambda pair: pair[1]), state
    )
    assert shown_definition(again) == merged(*definitions)


def test_what_says_nothing_new_changes_nothing():
    state = merge_definition({}, {"name": {"en": "a"}}, seq(1))
    assert merge_definition(state, {"name": {"en": "a"}}, seq(2)) is state
    assert merge_definition(state, {"name": {"en": "b"}}, seq(0)) is state


def test_while_values_differ_the_newest_is_noted_even_if_it_is_equal():
    state = merge_definition({}, {"type": "x:a"}, seq(1))
    state = merge_definition(state, {"type": "x:b"}, seq(2))
    state = merge_definition(state, {"type": "x:b"}, seq(5))
    assert merge_definition(state, {"type": "x:a"}, seq(4)) is state
    settled = merge_definition(state, {"type": "x:b"}, seq(3 + SETTLED_US))
    assert settled is state


def test_while_others_change_it_the_newest_is_noted_though_it_was_never_another():
    state = merge_definition({}, {"type": "x:a"}, seq(1))
    state = merge_definition(state, {"type": "x:a"}, seq(5), is_disputed=True)
    assert merge_definition(state, {"type": "x:b"}, seq(3)) is state
    assert shown_definition(merge_definition(state, {"type": "x:b"}, seq(6))) == {"type": "x:b"}
