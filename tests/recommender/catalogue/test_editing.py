from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.documents import Preconditions
from lrs.errors import NotFoundError, PreconditionFailedError
from lrs.storage.database import Database
from recommender.catalogue.catalogue import find_nuggets, managed_ids
from recommender.catalogue.editing import delete_entry, find_cycle, import_lines, put_entry
from recommender.catalogue.listing import (
    iterate_entered,
    iterate_entered_learners,
    iterate_entered_nuggets,
)
from recommender.catalogue.roles import Role, find_roles
from recommender.storage.entries import Kind, change_entries, find_edition, find_revision
from schemas.catalogue import ROWS
from schemas.errors import InvalidInputError
from schemas.tables import read_table, write_rows

JOINS, VIEWS = "https://acme.example/joins", "https://acme.example/views"


def _import(database: Database, store: Store, kind: Kind, text: str) -> int:
    return import_lines(database, store.id, kind, read_table(text.encode(), ROWS[kind]))


def test_a_csv_of_nuggets_comes_back_as_it_was(database: Database, store: Store) -> None:
    text = (
        "activity,title_ca,title_en,format,modality,duration,skills,prerequisites,valid_until,hidden\n"
        f'{JOINS},Unions,"Joins, all of them",video,informal,PT1H,SQL|data,,2027-01-01,\n'
        f"{VIEWS},,Views,,,,,{JOINS},,yes\n"
    )
    assert _import(database, store, "nuggets", text) == 2
    nuggets = find_nuggets(database, store.id, [JOINS, VIEWS])
    assert (nuggets[JOINS].titles, nuggets[JOINS].skills) == (
        {"ca": "Unions", "en": "Joins, all of them"},
        ("sql", "data"),
    )
    assert (nuggets[VIEWS].prerequisites, nuggets[VIEWS].hidden, nuggets[VIEWS].managed) == (
        (JOINS,),
        True,
        True,
    )
    written = write_rows(ROWS["nuggets"], list(iterate_entered_nuggets(database, store.id)))
    before = list(iterate_entered_nuggets(database, store.id))
    _import(database, store, "nuggets", written.decode())
    assert list(iterate_entered_nuggets(database, store.id)) == before


def test_columns_that_a_file_does_not_have_stay_and_empty_cells_clear(
    database: Database, store: Store
) -> None:
    _import(database, store, "nuggets", f"activity,level,owner\n{JOINS},beginner,Ann\n")
    _import(database, store, "nuggets", f"activity,owner,format\n{JOINS},,video\n")
    assert list(iterate_entered_nuggets(database, store.id)) == [
        {"activity": JOINS, "level": "beginner", "format": "video"}
    ]


def test_one_bad_line_keeps_the_whole_csv_out(database: Database, store: Store) -> None:
    text = f"activity,duration\n{JOINS},PT1H\n{VIEWS},an hour\nno iri,PT2H\n"
    with pytest.raises(InvalidInputError) as caught:
        _import(database, store, "nuggets", text)
    assert "line 3, duration" in caught.value.message
    assert "line 4, activity" in caught.value.message
    assert caught.value.path == "line 3"
    assert managed_ids(database, store.id) == set()


def test_roles_have_skills_with_levels(database: Database, store: Store) -> None:
    assert _import(database, store, "roles", "name,skills\nData Engineer,Python=3|sql=2|git\n") == 1
    wanted = {"python": 3, "sql": 2, "git": 1}
    assert find_roles(database, store.id) == {"data engineer": Role("Data Engineer", wanted)}
    _import(
        database,
        store,
        "roles",
        write_rows(ROWS["roles"], list(iterate_entered(database, store.id, "roles"))).decode(),
    )
    assert find_roles(database, store.id) == {"data engineer": Role("Data Engineer", wanted)}


def test_a_role_may_want_nothing_yet(database: Database, store: Store) -> None:
    _import(database, store, "roles", "name,skills\nAnalyst,\n")
    assert find_roles(database, store.id) == {"analyst": Role("Analyst")}


@pytest.mark.parametrize(
    ("kind", "text", "said"),
    [
        ("roles", "name,skills\nA,sql=9\n", "from 1 to 3"),
        ("roles", "name,skills\nA,sql=1\na ,sql=2\n", "line 3 is about the same as line 2"),
        ("learners", "agent,role\nann@acme.example,A\nmailto:ann@acme.example,B\n", "in line 2 already"),
        ("learners", "agent,role\nann,A\n", "mail address"),
        ("learners", "agent,languages\nann@acme.example,english language\n", "language tag"),
    ],
)
def test_roles_and_learners_that_make_no_sense_are_refused(
    database: Database, store: Store, kind: Kind, text: str, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        _import(database, store, kind, text)


def test_learners_come_back_as_they_were(database: Database, store: Store) -> None:
    text = (
        "agent;team;role;skills;goals;languages\n"
        "ann@acme.example;Data;Analyst;sql|excel;python;ca|en-GB\n"
        '"{""account"": {""homePage"": ""https://hr.example"", ""name"": ""7""}}";Ops;;;;\n'
    )
    _import(database, store, "learners", text)
    found = list(iterate_entered_learners(database, store.id))
    assert found[0]["agent"] == "mailto:ann@acme.example"
    assert found[0]["languages"] == ["ca", "en"]
    _import(database, store, "learners", write_rows(ROWS["learners"], found).decode())
    assert list(iterate_entered_learners(database, store.id)) == found


def test_preconditions_guard_a_change(database: Database, store: Store) -> None:
    only_new = Preconditions(if_none_match=frozenset({"*"}))
    entry = put_entry(database, store.id, "nuggets", JOINS, {"level": "beginner"}, only_new)
    with pytest.raises(PreconditionFailedError):
        put_entry(database, store.id, "nuggets", JOINS, {}, only_new)
    stale = Preconditions(if_match=frozenset({"stale"}))
    with pytest.raises(PreconditionFailedError):
        delete_entry(database, store.id, "nuggets", JOINS, stale)
    delete_entry(database, store.id, "nuggets", JOINS, Preconditions(if_match=frozenset({entry.etag})))
    with pytest.raises(NotFoundError):
        delete_entry(database, store.id, "nuggets", JOINS)


def test_a_change_that_others_overtook_is_not_written(database: Database, store: Store) -> None:
    edition = find_edition(database, store.id, "nuggets")
    assert change_entries(database, store.id, "nuggets", edition, {JOINS: {"level": "beginner"}})
    assert not change_entries(database, store.id, "nuggets", edition, {VIEWS: {"level": "beginner"}})
    assert managed_ids(database, store.id) == {JOINS}


def test_every_change_of_nuggets_and_roles_lets_the_version_grow(
    database: Database, store: Store, other_store: Store
) -> None:
    assert find_revision(database, store.id).edits == 0
    put_entry(database, store.id, "nuggets", JOINS, {"level": "beginner"})
    put_entry(database, store.id, "roles", "analyst", {"name": "Analyst", "skills": {"sql": 1}})
    delete_entry(database, store.id, "nuggets", JOINS)
    assert find_revision(database, store.id).edits == 3
    assert find_revision(database, other_store.id).edits == 0


def test_prerequisites_in_a_cycle_are_refused_and_named(database: Database, store: Store) -> None:
    put_entry(database, store.id, "nuggets", JOINS, {"prerequisites": [VIEWS]})
    with pytest.raises(InvalidInputError, match=f"{VIEWS} > {JOINS} > {VIEWS}"):
        put_entry(database, store.id, "nuggets", VIEWS, {"prerequisites": [JOINS]})
    with pytest.raises(InvalidInputError, match="prerequisites of each other"):
        _import(database, store, "nuggets", f"activity,prerequisites\n{VIEWS},{VIEWS}\n")
    assert managed_ids(database, store.id) == {JOINS}


@pytest.mark.parametrize(
    ("graph", "has_cycle"),
    [
        ({}, False),
        ({"a": ["b"], "b": ["c"], "c": []}, False),
        ({"a": ["b", "c"], "b": ["d"], "c": ["d"], "d": []}, False),
        ({"a": ["a"]}, True),
        ({"a": ["b"], "b": ["c"], "c": ["b"]}, True),
        ({str(number): [str(number + 1)] for number in range(20_000)}, False),
    ],
)
def test_cycles_are_found(graph: dict[str, list[str]], has_cycle: bool) -> None:
    assert bool(find_cycle(graph, list(graph))) == has_cycle


def test_a_thousand_lines_at_once(database: Database, store: Store) -> None:
    lines = [f"https://acme.example/n{number},Nugget {number},sql" for number in range(1500)]
    text = "\n".join(["activity,title_en,skills", *lines])
    assert _import(database, store, "nuggets", text) == 1500
    assert _import(database, store, "nuggets", text) == 1500
    assert len(managed_ids(database, store.id)) == 1500
    assert find_revision(database, store.id).edits == 2


def test_entered_values_lie_over_harvested_ones_field_by_field(
    database: Database, store: Store, act: Any, post: Any, sync: Any
) -> None:
    post([act("ann", "completed", "joins")])
    sync()
    put_entry(database, store.id, "nuggets", JOINS, {"title": {"de": "Joins"}, "level": "beginner"})
    nugget = find_nuggets(database, store.id, [JOINS])[JOINS]
    assert (nugget.titles, nugget.level, nugget.modality, nugget.managed) == (
        {"de": "Joins"},
        "beginner",
        "informal",
        True,
    )
    assert nugget.type.endswith("/video")


def test_many_people_at_once_lose_nothing(database: Database, store: Store) -> None:
    names = [f"https://acme.example/n{number}" for number in range(24)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: put_entry(database, store.id, "nuggets", name, {"owner": "Ann"}), names))
    assert managed_ids(database, store.id) == set(names)
    assert find_revision(database, store.id).edits == len(names)


def test_two_halves_of_a_cycle_at_once_are_never_both_let_in(database: Database, store: Store) -> None:
    def enter(pair: tuple[str, str]) -> bool:
        with suppress(InvalidInputError):
            put_entry(database, store.id, "nuggets", pair[0], {"prerequisites": [pair[1]]})
            return True
        return False

    for number in range(6):
        one, other = f"https://acme.example/a{number}", f"https://acme.example/b{number}"
        with ThreadPoolExecutor(2) as pool:
            assert sorted(pool.map(enter, [(one, other), (other, one)])) == [False, True]
