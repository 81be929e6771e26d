import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.activities import LARGEST_BYTES, ActivityDefinitions, activities_in, find_definitions
from lrs.definitions import Brought
from lrs.storage.activities import ActivitiesRepository
from lrs.storage.database import Database
from lrs.storage.stored_time import StoredTime, now_us
from schemas.versions import XAPI_1_0_3

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


def test_writers_of_one_definition_at_the_same_instant_all_get_their_turn(database, store):
    languages = [f"x-{number}" for number in range(24)]

    def merge(language):
        ActivityDefinitions(database).merge(store.id, brought({"name": {language: "a"}}))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(merge, languages))
    assert find_definitions(database, store.id, [ONE])[ONE]["name"].keys() == set(languages)


@pytest.fixture
def others_come_first(monkeypatch):
    """Let every attempt to write a definition come too late, until the fixture is called."""
    with monkeypatch.context() as patched:
        patched.setattr("lrs.activities.LONGEST_PAUSE_S", 0)
        patched.setattr(ActivitiesRepository, "_replace_all", lambda *_: False)
        yield patched.undo


def test_what_is_stored_does_not_fail_for_a_definition_that_cannot_be_merged(
    service, credential, database, store, statements, caplog, others_come_first
):
    [statement] = statements(1)
    statement["object"] = {"id": ONE, "definition": {"name": {"en": "a"}}}
    body = json.dumps(statement).encode()
    assert service.writer.store_statements(body, credential, XAPI_1_0_3) == [statement["id"]]
    [line] = [record for record in caplog.records if record.name == "lrs.activities"]
    assert (line.message, line.fields["activities"]) == ("definitions_not_merged", 1)
    assert find_definitions(database, store.id, [ONE]) == {}


@pytest.fixture
def processes(database):
    """Two mergers that stand for two processes."""
    both = [ActivityDefinitions(database) for _ in range(2)]
    for merger in both:
        merger.start()
    yield both
    for merger in both:
        merger.stop()


def test_what_says_nothing_new_costs_no_round_trip_while_nobody_changes_it(store, processes, monkeypatch):
    for place in range(2):
        processes[0].merge(store.id, brought({"type": "t"}, first=place))
    with monkeypatch.context() as patched:
        patched.setattr(ActivitiesRepository, "iterate_texts", None)
        processes[0].merge(store.id, brought({"type": "t"}, first=2))


def test_what_another_process_changed_is_known_at_once(database, store, processes):
    first, second = processes
    for place, kind in enumerate("aaabbaba"):
        merger = first if kind == "a" else second
        merger.merge(store.id, brought({"type": f"x:{kind}"}, first=place))
        assert find_definitions(database, store.id, [ONE]) == {ONE: {"type": f"x:{kind}"}}


def test_what_was_only_noted_wins_over_an_older_change_of_another_process(database, store, processes):
    first, second = processes
    now = now_us()
    for place in (now, now + 1, now + 5):
        first.merge(store.id, brought({"type": "x:a"}, first=place))
    second.merge(store.id, brought({"type": "x:b"}, first=now + 3))
    deadline = time.monotonic() + 20
    while find_definitions(database, store.id, [ONE]) != {ONE: {"type": "x:a"}}:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_change_is_announced_once_for_a_while(database, store, processes):
    rows = database.db["definition_changes"]
    processes[0].merge(store.id, brought({"type": "x:a"}))
    assert rows.find_one({"_id": store.id}) is None
    processes[0].merge(store.id, brought({"type": "x:b"}, first=2))
    announced = rows.find_one({"_id": store.id})["token"]
    processes[0].merge(store.id, brought({"type": "x:c"}, first=3))
    assert rows.find_one({"_id": store.id})["token"] == announced


def test_a_definition_that_could_not_be_merged_is_news_again(database, store, others_come_first):
    merger = ActivityDefinitions(database)
    merger.merge(store.id, brought({"type": "t"}))
    others_come_first()
    merger.merge(store.id, brought({"type": "t"}))
    assert find_definitions(database, store.id, [ONE]) == {ONE: {"type": "t"}}


def test_a_database_that_is_away_costs_the_definition_alone(database_uri, store, caplog):
    gone = Database.connect(database_uri)
    gone.close()
    ActivityDefinitions(gone).merge(store.id, brought({"type": "t"}))
    assert [record.message for record in caplog.records if record.name == "lrs.activities"] == [
        "definitions_not_merged"
    ]
