import pytest

from lrs.activities import (
    LARGEST_BYTES,
    ActivityDefinitions,
    activities_in,
    find_definitions,
    merge_definition,
)

ONE = "https://example.org/nuggets/1"


@pytest.mark.parametrize(
    ("known", "news", "merged"),
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
        ({"choices": [{"id": "a"}]}, {"choices": [{"id": "b"}]}, {"choices": [{"id": "b"}]}),
    ],
)
def test_news_are_laid_over_what_is_known(known, news, merged):
    assert merge_definition(known, news) == merged


def test_definitions_are_merged_in_the_order_given(database, store):
    merger = ActivityDefinitions(database)
    merger.merge(store.id, [(ONE, {"name": {"en": "a"}}), (ONE, {"name": {"en": "b", "a.b": "$x"}})])
    assert find_definitions(database, store.id, [ONE, "https://unknown"]) == {
        ONE: {"name": {"en": "b", "a.b": "$x"}}
    }


def test_the_newest_wins_also_when_it_was_seen_before(database, store):
    merger = ActivityDefinitions(database)
    for name in "aba":
        merger.merge(store.id, [(ONE, {"name": {"en": name}})])
    assert find_definitions(database, store.id, [ONE]) == {ONE: {"name": {"en": "a"}}}


def test_a_definition_grows_up_to_its_limit_and_goes_on_taking_what_is_small(database, store):
    merger = ActivityDefinitions(database)
    parts = {f"https://example.org/x{number}": "x" * (LARGEST_BYTES // 3) for number in range(5)}
    for name, value in parts.items():
        merger.merge(store.id, [(ONE, {"extensions": {name: value}})])
    merger.merge(store.id, [(ONE, {"name": {"en": "small"}})])
    found = find_definitions(database, store.id, [ONE])[ONE]
    assert found == {"extensions": dict(list(parts.items())[:2]), "name": {"en": "small"}}


def test_a_definition_too_large_by_itself_is_not_known(database, store):
    merger = ActivityDefinitions(database)
    merger.merge(store.id, [(ONE, {"name": {"en": "x" * LARGEST_BYTES}})])
    assert find_definitions(database, store.id, [ONE]) == {}
    merger.merge(store.id, [(ONE, {"name": {"en": "small"}})])
    assert find_definitions(database, store.id, [ONE]) == {ONE: {"name": {"en": "small"}}}


def test_what_was_seen_in_one_store_is_news_in_another(database, store, other_store):
    merger = ActivityDefinitions(database)
    merger.merge(store.id, [(ONE, {"type": "t"})])
    assert find_definitions(database, other_store.id, [ONE]) == {}
    merger.merge(other_store.id, [(ONE, {"type": "t"})])
    assert find_definitions(database, other_store.id, [ONE]) == {ONE: {"type": "t"}}


def test_numbers_beyond_64_bits_are_kept(database, store):
    definition = {"extensions": {"x:a": 2**70, "x:b": 1.5}}
    ActivityDefinitions(database).merge(store.id, [(ONE, definition)])
    assert find_definitions(database, store.id, [ONE]) == {ONE: definition}


def test_activities_are_found_in_object_context_and_substatement():
    inner = {
        "objectType": "SubStatement",
        "object": {"id": "a"},
        "context": {"contextActivities": {"other": {"id": "b"}}},
    }
    statement = {"object": inner, "context": {"contextActivities": {"parent": [{"id": "c"}, {"id": "a"}]}}}
    assert [activity["id"] for activity in activities_in(statement)] == ["a", "b", "c", "a"]
    assert list(activities_in({"object": {"objectType": "Agent"}})) == []
