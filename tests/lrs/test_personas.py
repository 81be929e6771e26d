"""One learner behind an identifier, also when many processes meet somebody for the first time."""

import multiprocessing

import pytest
from bson import ObjectId

from lrs.personas import (
    describe_personas,
    enter_names,
    find_or_create_personas,
    find_persona,
    set_peer_choice,
)
from lrs.storage.database import Database

NAMES = {f"mbox|mailto:learner{number}@example.org": f"Learner {number}" for number in range(40)}


def create_all(uri, store, start, answers):
    database = Database.connect(uri)
    start.wait(60)
    answers.put(find_or_create_personas(database, ObjectId(store), NAMES))
    database.close()


def test_several_processes_that_create_the_same_personas_agree_on_them(database_uri, database, store):
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(3), context.Queue()
    workers = [
        context.Process(target=create_all, args=(database_uri, str(store.id), start, answers))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=90) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert found[0] == found[1] == found[2]
    assert len(set(found[0].values())) == len(NAMES)
    assert database.collection("personas", store.id).count({}) == len(NAMES)


def test_an_identifier_keeps_its_persona(database, store):
    first = find_or_create_personas(database, store.id, {"mbox|mailto:a@b.org": "A"})
    again = find_or_create_personas(
        database, store.id, {"mbox|mailto:a@b.org": None, "mbox|mailto:c@d.org": None}
    )
    assert (
        again["mbox|mailto:a@b.org"]
        == first["mbox|mailto:a@b.org"]
        == find_persona(database, store.id, "mbox|mailto:a@b.org")
    )
    assert len(set(again.values())) == 2


def test_the_name_last_seen_is_kept_and_none_does_not_erase_it(database, store):
    for name in ("A", "B", None):
        [persona] = find_or_create_personas(database, store.id, {"mbox|mailto:a@b.org": name}).values()
    assert describe_personas(database, store.id, [persona])[persona].name == "B"


def test_somebody_never_seen_has_no_persona(database, store):
    assert find_persona(database, store.id, "mbox|mailto:nobody@example.org") is None
    assert find_or_create_personas(database, store.id, {}) == {}


def test_personas_of_two_stores_have_nothing_in_common(database, store, other_store):
    [here] = find_or_create_personas(database, store.id, {"mbox|mailto:a@b.org": "A"}).values()
    assert find_persona(database, other_store.id, "mbox|mailto:a@b.org") is None
    assert describe_personas(database, other_store.id, [here]) == {}
    [there] = find_or_create_personas(database, other_store.id, {"mbox|mailto:a@b.org": "A"}).values()
    assert here != there
    set_peer_choice(database, other_store.id, here, True)
    assert describe_personas(database, store.id, [here])[here].suggest_as_peer is None


@pytest.mark.parametrize("choice", [True, False, None])
def test_the_choice_about_peers_is_kept(database, store, choice):
    [persona] = find_or_create_personas(database, store.id, {"mbox|mailto:a@b.org": None}).values()
    set_peer_choice(database, store.id, persona, True)
    set_peer_choice(database, store.id, persona, choice)
    assert describe_personas(database, store.id, [persona])[persona].suggest_as_peer is choice


MAIL = "mbox|mailto:a@b.org"


def name_of(database, store, persona):
    return describe_personas(database, store.id, [persona])[persona].name


def test_a_name_that_was_entered_comes_first_then_one_of_a_trusted_credential(database, store):
    [persona] = find_or_create_personas(database, store.id, {MAIL: "Seen"}).values()
    assert name_of(database, store, persona) == "Seen"
    find_or_create_personas(database, store.id, {MAIL: "Seen"}, {MAIL: "Trusted"})
    find_or_create_personas(database, store.id, {MAIL: "Forged"})
    assert name_of(database, store, persona) == "Trusted"
    enter_names(database, store.id, {persona: "Entered"})
    find_or_create_personas(database, store.id, {MAIL: "Forged"}, {MAIL: "Trusted again"})
    assert name_of(database, store, persona) == "Entered"
    enter_names(database, store.id, {persona: None})
    assert name_of(database, store, persona) == "Trusted again"
