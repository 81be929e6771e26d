"""What verbs and Activity types mean is data that each store may change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.store_vocabulary import export_rows, import_rows, reset_rows
from recommender.storage.interactions import iterate_learners
from recommender.storage.vocabulary import find_own_rows, find_vocabulary
from recommender.vocabulary.tables import make_vocabulary
from schemas.errors import InvalidInputError

Act = Callable[..., dict[str, Any]]
PONDERED = "https://acme.example/verbs/pondered"
HEADER = "iri,canonical,class,strength,positive,completes\n"


def _rows(database: Database, store: Store) -> list[Any]:
    return [row for _, rows in iterate_learners(database, store.id, 100) for row in rows]


def test_a_new_meaning_counts_for_what_was_read_before(
    database: Database, store: Store, act: Act, post: Any, sync: Any
) -> None:
    statement = {**act("ann", "completed", "joins"), "verb": {"id": PONDERED}}
    post([statement])
    sync()
    assert [(row.verb, row.positive) for row in _rows(database, store)] == [("other", False)]
    text = f"{HEADER}{PONDERED},pondered,informal,3,yes,yes\n"
    assert import_rows(database, store.id, "verbs", text.encode()) == 1
    assert sync().statements == 1
    assert [(row.verb, row.positive, row.completed) for row in _rows(database, store)] == [
        ("pondered", True, True)
    ]
    assert sync().statements == 0
    reset_rows(database, store.id, "verbs")
    assert sync().statements == 1
    assert [row.verb for row in _rows(database, store)] == ["other"]


def test_a_type_can_be_made_no_nugget(
    database: Database, store: Store, act: Act, post: Any, sync: Any
) -> None:
    post([act("ann", "completed", "joins")])
    text = "iri,name,class,nugget\nhttps://w3id.org/xapi/video/activity-type/video,video,informal,no\n"
    import_rows(database, store.id, "types", text.encode())
    sync()
    assert _rows(database, store) == []


def test_the_export_imported_changes_nothing(database: Database, store: Store, other_store: Store) -> None:
    for name in ("verbs", "types"):
        text = export_rows(database, store.id, name)
        assert import_rows(database, store.id, name, text) == 0
    assert find_vocabulary(database, store.id) is make_vocabulary(b"{}", b"{}")
    text = export_rows(database, store.id, "verbs").replace(
        b"/verbs/completed,completed,formal,4", b"/verbs/completed,completed,formal,5"
    )
    changed = import_rows(database, store.id, "verbs", text)
    assert changed > 0
    assert find_vocabulary(database, store.id).version != make_vocabulary(b"{}", b"{}").version
    assert find_vocabulary(database, other_store.id) is make_vocabulary(b"{}", b"{}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{HEADER}{PONDERED},pondered,serious,3,yes,\n", "line 2, class"),
        (f"{HEADER}{PONDERED},pondered,formal,30,yes,\n", "line 2, strength"),
        (f"{HEADER}{PONDERED},pondered,formal,,yes,\n", "strength: is empty"),
        (f"{HEADER}{PONDERED},pondered,formal,3,perhaps,\n", "line 2, positive"),
        (f"{HEADER}pondered,pondered,formal,3,yes,\n", "line 2, iri"),
        ("iri,canonical,class,strength,colour\n", "there is no column 'colour'"),
        (
            f"iri,canonical,class,strength,takes_back\n{PONDERED},unpondered,formal,-3,pondered\n",
            "not a canonical verb",
        ),
    ],
)
def test_a_vocabulary_that_makes_no_sense_is_refused_and_changes_nothing(
    database: Database, store: Store, text: str, said: str
) -> None:
    with pytest.raises(InvalidInputError, match=said):
        import_rows(database, store.id, "verbs", text.encode())
    assert find_own_rows(database, store.id, "verbs") == b"{}"
