from concurrent.futures import ThreadPoolExecutor

from lrs.activities import LARGEST_BYTES, ActivityDefinitions, activities_in, find_definitions
from lrs.definitions import Brought
from lrs.storage.stored_time import StoredTime

ONE = "https://example.org/nuggets/1"


def brought(*definitions, first=1):
    """Definitions of one Activity by Statements stored one after another."""
    return [Brought(ONE, item, StoredTime(first + place, 1).seq(0)) for place, item in enumerate(definitions)]


def test_definitions_are_merged_in_the_order_stored(database, store):
    merger = ActivityDefinitions(database)
    merger.merge(store.id, brought({"name": {"en": "a"}}, {"name": {"en": "b", "a.b": "$x"}})[::-1])
    assert find_definitions(database, store.id, [ONE, "https://unknown"]) == {
        ONE: {"name": {"en": "b", "a.b": "$x"}}
    }


def test_the_newest_wins_whichever_process_merges_it(database, store):
    mergers = [ActivityDefinitions(database) for _ in range(2)]
    for place, name in enumerate("abaabba"):
        item = {"name": {"en": name}}
        mergers[place % 2].merge(store.id, brought(item, first=place))
        assert find_definitions(database, store.id, [ONE]) == {ONE: item}


def test_of_many_writers_the_newest_wins(database, store):
    mergers = [ActivityDefinitions(database) for _ in range(4)]
    items = brought(*({"name": {"en": str(number % 3)}, "type": f"x:{number}"} for number in range(60)))
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda place: mergers[place % 4].merge(store.id, [items[place]]), range(60)))
    assert find_definitions(database, store.id, [ONE]) == {ONE: {"name": {"en": "2"}, "type": "x:59"}}


def test_a_definition_grows_up_to_its_limit_and_goes_on_taking_what_is_small(database, store):
    merger = ActivityDefinitions(database)
    parts = {f"https://example.org/x{number}": "x" * (LARGEST_BYTES // 3) for number in range(5)}
    for name, value in parts.items():
        merger.merge(store.id, brought({"extensions": {name: value}}))
    merger.merge(store.id, brought({"name": {"en": "small"}}))
    found = find_definitions(database, store.id, [ONE])[ONE]
    assert found == {"extensions": dict(list(parts.items())[:2]), "name": {"en": "small"}}


def test_a_definition_too_large_by_itself_is_not_known(database, store):
    merger = ActivityDefinitions(database)
    merger.merge(store.id, brought({"name": {"en": "x" * LARGEST_BYTES}}))
    assert find_definitions(database, store.id, [ONE]) == {}
    merger.merge(store.id, brought({"name": {"en": "small"}}))
    assert find_definitions(database, store.id, [ONE]) == {ONE: {"name": {"en": "small"}}}


def test_what_was_seen_in_one_store_is_news_in_another(database, store, other_store):
    merger = ActivityDefinitions(database)
    merger.merge(store.id, brought({"type": "t"}))
    assert find_definitions(database, other_store.id, [ONE]) == {}
    merger.merge(other_store.id, brought({"type": "t"}))
    assert find_definitions(database, other_store.id, [ONE]) == {ONE: {"type": "t"}}


def test_numbers_beyond_64_bits_are_kept(database, store):
    definition = {"extensions": {"x:a": 2**70, "x:b": 1.5}}
    ActivityDefinitions(database).merge(store.id, brought(definition))
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
