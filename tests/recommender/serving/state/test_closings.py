"""What stopped being recommended, without reading the catalogue again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import delete_entry, import_lines, put_entry
from recommender.serving.state.closings import RecentClosings
from schemas.catalogue import ROWS
from schemas.tables import read_table

Closes = Callable[[], dict[str, int]]
A, B = "https://acme.example/a", "https://acme.example/b"
TITLE = {"title": {"en": "Joins"}}


@pytest.fixture
def closes(database: Database, store: Store, service: Any) -> Closes:
    """Return what closed since this was called first."""
    closings = RecentClosings(database, 0)
    return lambda: dict(closings.find(store.id).closes)


@pytest.fixture
def put(database: Database, store: Store) -> Callable[..., Any]:
    return lambda name, **values: put_entry(database, store.id, "nuggets", name, values)


def test_what_people_close_and_open_again(closes: Closes, put: Any, database: Database, store: Store) -> None:
    put(A, **TITLE)
    put(B, **TITLE, hidden=True)
    assert closes() == {}  # what was closed before is known to whoever reads the catalogue afterwards
    put(A, **TITLE, hidden=True)
    assert closes() == {A: 0}
    put(A, **TITLE, valid_until="2030-01-01T00:00:00Z")
    assert closes() == {A: 1893456000000000}
    put(A, **TITLE)
    assert closes() == {}
    delete_entry(database, store.id, "nuggets", A)
    assert closes() == {A: 0}  # it has no title any more


def test_an_import_closes_everything_it_names(
    closes: Closes, put: Any, database: Database, store: Store
) -> None:
    names = [f"https://acme.example/{number}" for number in range(1200)]
    assert closes() == {}
    text = "activity,title_en,hidden\n" + "".join(f"{name},T,yes\n" for name in names)
    import_lines(database, store.id, "nuggets", read_table(text.encode(), ROWS["nuggets"]))
    assert closes() == dict.fromkeys(names, 0)


def test_what_no_statement_speaks_of_any_more_and_posts_nobody_values(
    closes: Closes, act: Any, post: Any, sync: Any
) -> None:
    answer = {
        "id": B,
        "definition": {"type": "http://id.tincanapi.com/activitytype/forum-reply", "name": {"en": "So"}},
    }
    done, liked = act("ann", "completed", "a"), [act(name, "liked", answer) for name in ("ann", "ben")]
    post([done, *liked])
    sync()
    assert closes() == {}
    post([act("ann", "voided", {"objectType": "StatementRef", "id": one["id"]}) for one in (done, liked[0])])
    sync()
    assert closes() == {A: 0, B: 0}
    post([act("ann", "completed", "a"), act("cem", "liked", answer)])
    sync()
    assert closes() == {}


def test_the_closings_of_another_store_do_not_matter(
    closes: Closes, database: Database, store: Store, other_store: Store
) -> None:
    assert closes() == {}
    put_entry(database, other_store.id, "nuggets", A, {"hidden": True})
    assert closes() == {}
