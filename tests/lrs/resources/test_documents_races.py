"""Many clients at one document, through several server processes: the precondition and the write are one step."""

import json

CLIENTS = 20
ROUNDS = 3


def test_no_merge_of_twenty_clients_is_lost(shelf, crowd, name):
    def merge(own, number):
        return [own.post(name, {f"{number}-{turn}": turn}).status_code for turn in range(ROUNDS)]

    assert crowd(shelf, CLIENTS, merge) == [[204] * ROUNDS] * CLIENTS
    assert json.loads(shelf.read(name)) == {
        f"{number}-{turn}": turn for number in range(CLIENTS) for turn in range(ROUNDS)
    }


def test_of_twenty_creators_one_succeeds(shelf, crowd, name):
    answers = crowd(
        shelf, CLIENTS, lambda own, number: own.put(name, {"by": number}, If_None_Match="*").status_code
    )
    assert sorted(answers) == [204] + [412] * (CLIENTS - 1)
    assert json.loads(shelf.read(name)) == {"by": answers.index(204)}


def test_of_twenty_who_change_what_they_read_one_succeeds(shelf, crowd, name):
    etag = shelf.create(name, {"by": "nobody"})
    answers = crowd(
        shelf, CLIENTS, lambda own, number: own.put(name, {"by": number}, If_Match=etag).status_code
    )
    assert sorted(answers) == [204] + [412] * (CLIENTS - 1)
    assert json.loads(shelf.read(name)) == {"by": answers.index(204)}


def test_of_twenty_who_merge_into_what_they_read_one_succeeds(shelf, crowd, name):
    etag = shelf.create(name, {"by": "nobody"})
    answers = crowd(
        shelf, CLIENTS, lambda own, number: own.post(name, {"by": number}, If_Match=etag).status_code
    )
    assert sorted(answers) == [204] + [412] * (CLIENTS - 1)
    assert json.loads(shelf.read(name)) == {"by": answers.index(204)}


def test_of_twenty_who_delete_what_they_read_one_succeeds(shelf, crowd, name):
    etag = shelf.create(name, {"a": 1})
    answers = crowd(shelf, CLIENTS, lambda own, number: own.delete(name, If_Match=etag).status_code)
    assert sorted(answers) == [204] + [412] * (CLIENTS - 1)
    assert shelf.get(name).status_code == 404


def test_counting_up_with_if_match_loses_no_count(shelf, crowd, name):
    shelf.create(name, {"count": 0})

    def count_up(own, number):
        while True:
            read = own.get(name)
            up = {"count": read.json()["count"] + 1}
            status = own.put(name, up, If_Match=read.headers["ETag"]).status_code
            assert status in (204, 412)
            if status == 204:
                return True

    assert crowd(shelf, 8, count_up) == [True] * 8
    assert json.loads(shelf.read(name)) == {"count": 8}


def test_unconditional_writers_of_state_each_leave_a_whole_document(make_shelf, crowd, name):
    state = make_shelf("activities/state", "1.0.3")
    bodies = [str(number).encode() * 20_000 for number in range(CLIENTS)]
    answers = crowd(
        state, CLIENTS, lambda own, number: own.put(name, bodies[number], "text/plain").status_code
    )
    assert answers == [204] * CLIENTS
    assert state.read(name) in bodies


def test_merging_and_deleting_at_once_fails_for_nobody(state, crowd, name):
    deeds = [lambda own, number: own.post(name, {str(number): 1}), lambda own, number: own.delete(name)]
    answers = crowd(state, CLIENTS, lambda own, number: deeds[number % 2](own, number).status_code)
    assert answers == [204] * CLIENTS
