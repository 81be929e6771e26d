"""One learner behind an identifier, also when many processes meet somebody for the first time."""

import multiprocessing
from hashlib import sha1

import pytest
from bson import ObjectId

from lrs.personas import (
    describe_personas,
    enter_names,
    find_or_create_personas,
    find_person,
    find_persona,
    personas_that_chose,
    set_choices,
)
from lrs.storage.database import Database
from schemas.consents import CONSENTS, Consent

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
    set_choices(database, other_store.id, "mbox|mailto:a@b.org", {"peer": True})
    assert describe_personas(database, store.id, [here])[here].choice("peer") is None


@pytest.mark.parametrize("choice", [True, False, None])
def test_an_own_choice_is_kept_and_found(database, store, choice):
    set_choices(database, store.id, "mbox|mailto:a@b.org", {"peer": True, "name": False})
    person = set_choices(database, store.id, "mbox|mailto:a@b.org", {"peer": choice})
    assert describe_personas(database, store.id, [person.id]) == {person.id: person}
    assert (person.choice("peer"), person.choice("name"), person.choice("goals")) == (choice, False, None)
    for agrees in (True, False):
        found = personas_that_chose(database, store.id, "peer", agrees=agrees)
        assert found == ({person.id} if choice is agrees else set())


def test_consent_to_earlier_words_counts_no_longer_but_a_refusal_does(database, store, monkeypatch):
    set_choices(database, store.id, "mbox|mailto:a@b.org", {"peer": True, "name": False})
    for kind in ("peer", "name"):
        monkeypatch.setitem(CONSENTS, kind, Consent(CONSENTS[kind].policy, 2))
    person = find_person(database, store.id, "mbox|mailto:a@b.org")
    assert (person.choice("peer"), person.choice("name")) == (None, False)
    assert personas_that_chose(database, store.id, "peer", agrees=True) == set()
    assert personas_that_chose(database, store.id, "name", agrees=False) == {person.id}


def sha1sum(address):
    return f"mbox_sha1sum|{sha1(address.encode()).hexdigest()}"


ANN, HASHED = "mbox|mailto:Ann@example.org", sha1sum("mailto:Ann@example.org")


@pytest.mark.parametrize("order", [(ANN, HASHED), (HASHED, ANN)])
@pytest.mark.parametrize("together", [True, False])
def test_a_mail_address_and_its_hash_are_one_person_in_either_order(database, store, order, together):
    if together:
        found = find_or_create_personas(database, store.id, dict.fromkeys(order))
    else:
        found = {
            one: persona
            for one in order
            for persona in find_or_create_personas(database, store.id, {one: None}).values()
        }
    assert found[ANN] == found[HASHED]
    [person] = describe_personas(database, store.id, [found[ANN]]).values()
    assert set(person.identifiers) == {ANN, HASHED}
    assert find_persona(database, store.id, ANN) == find_persona(database, store.id, HASHED) == found[ANN]


@pytest.mark.parametrize(("seen", "asked"), [(ANN, HASHED), (HASHED, ANN)])
def test_who_was_seen_by_one_of_them_is_found_by_the_other(database, store, seen, asked):
    [persona] = find_or_create_personas(database, store.id, {seen: None}).values()
    assert find_persona(database, store.id, asked) == persona
    assert describe_personas(database, store.id, [persona])[persona].identifiers == (seen,)


def test_names_and_choices_are_kept_by_either_identifier(database, store):
    [persona] = find_or_create_personas(database, store.id, {HASHED: "Ann"}).values()
    set_choices(database, store.id, HASHED, {"peer": True})
    find_or_create_personas(database, store.id, {ANN: "Ann Lee"})
    person = describe_personas(database, store.id, [persona])[persona]
    assert (person.name, person.choice("peer"), person.identifiers) == ("Ann Lee", True, (HASHED, ANN))


@pytest.mark.parametrize(
    "other",
    [
        "mbox|mailto:ann@example.org",
        "openid|mailto:Ann@example.org",
        "account|20|https://acme.example|mailto:Ann@example.org",
        sha1sum("Ann@example.org"),
    ],
)
def test_what_does_not_follow_from_an_address_stays_another_person(database, store, other):
    found = find_or_create_personas(database, store.id, {ANN: None, other: None})
    assert found[ANN] != found[other]


def join_all(uri, store, start, answers, hashed):
    database = Database.connect(uri)
    names = [sha1sum(name.removeprefix("mbox|")) if hashed else name for name in NAMES]
    start.wait(60)
    answers.put(list(find_or_create_personas(database, ObjectId(store), dict.fromkeys(names)).values()))
    database.close()


def test_processes_that_meet_people_by_address_and_by_hash_at_once_agree(database_uri, database, store):
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(2), context.Queue()
    workers = [
        context.Process(target=join_all, args=(database_uri, str(store.id), start, answers, hashed))
        for hashed in (False, True)
    ]
    for worker in workers:
        worker.start()
    found = [answers.get(timeout=90) for _ in workers]
    for worker in workers:
        worker.join(60)
    assert found[0] == found[1]
    assert database.collection("personas", store.id).count({}) == len(NAMES)


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
