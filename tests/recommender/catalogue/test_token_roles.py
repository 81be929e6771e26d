"""The role that a token brings is entered once, beside what people entered."""

from __future__ import annotations

import pytest

from lrs.auth.stores import Store
from lrs.people.linking import join_people
from lrs.personas import find_persona
from lrs.storage.database import Database
from lrs.storage.erased import add_erased
from recommender.catalogue.editing import learner_keys, put_entry
from recommender.catalogue.token_roles import TokenRoles
from recommender.storage.entries import find_edition, find_entries
from recommender.storage.records import create_indexes

ADA = "mbox|mailto:ada@example.org"


@pytest.fixture
def roles(database: Database) -> TokenRoles:
    create_indexes(database)
    return TokenRoles(database, pause_s=0)


def entered(database: Database, store: Store) -> dict[str, object]:
    [key] = learner_keys(database, store.id, [ADA])
    found = find_entries(database, store.id, "learners", [key])
    return dict(found[key].values) if key in found else {}


def test_a_role_is_entered_beside_what_people_entered(
    database: Database, store: Store, roles: TokenRoles
) -> None:
    [key] = learner_keys(database, store.id, [ADA])
    put_entry(database, store.id, "learners", key, {"team": "Data", "role": "Guest"})
    roles.note(store.id, ADA, ("Engineer", "Lead"))
    assert entered(database, store) == {"team": "Data", "role": "Engineer"}


def test_a_learner_never_seen_becomes_known(database: Database, store: Store, roles: TokenRoles) -> None:
    roles.note(store.id, ADA, ("Engineer",))
    assert entered(database, store) == {"role": "Engineer"}


def test_a_role_of_a_joined_person_is_known_by_whichever_name_it_was_entered(
    database: Database, store: Store, roles: TokenRoles
) -> None:
    other = "mbox|mailto:ada.lee@example.org"
    keys = learner_keys(database, store.id, [other, ADA])
    put_entry(database, store.id, "learners", keys[1], {"role": "Engineer"})
    join_people(database, store, [other, ADA], "admin")
    edition = find_edition(database, store.id, "learners")
    roles.note(store.id, other, ("Engineer",))
    assert find_edition(database, store.id, "learners") == edition


def test_the_same_role_is_entered_once(database: Database, store: Store, roles: TokenRoles) -> None:
    for process in (roles, roles, TokenRoles(database, pause_s=0)):
        process.note(store.id, ADA, ("Engineer",))
    assert find_edition(database, store.id, "learners") == 1
    roles.note(store.id, ADA, ())
    assert entered(database, store) == {"role": "Engineer"}
    roles.note(store.id, ADA, ("Lead",))
    assert entered(database, store) == {"role": "Lead"}


def test_somebody_who_was_erased_is_not_brought_back(
    database: Database, store: Store, roles: TokenRoles
) -> None:
    add_erased(database, store.id, [("identifier", ADA)])
    roles.note(store.id, ADA, ("Engineer",))
    assert find_persona(database, store.id, ADA) is None
