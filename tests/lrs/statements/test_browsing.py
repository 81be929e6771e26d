from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.statements.browsing import browse_statements, newest_stored
from lrs.storage.database import Database
from schemas.queries import StatementQuery

READ, VOIDED = "https://example.org/verbs/read", "http://adlnet.gov/expapi/verbs/voided"


def ids(page: Any) -> list[str]:
    return [one.statement_id for one in page.statements]


def test_all_statements_come_newest_first_page_by_page_and_voided_ones_are_marked(
    lrs: Any, database: Database, store: Store, make_statement: Callable[..., Any]
) -> None:
    stored = lrs.store(*(make_statement() for _ in range(4)))
    target = {"objectType": "StatementRef", "id": stored[1]}
    stored += lrs.store(make_statement(verb={"id": VOIDED}, object=target))
    first = browse_statements(database, store.id, StatementQuery(), 3)
    rest = browse_statements(database, store.id, StatementQuery(), 3, after=first.more)
    assert [*ids(first), *ids(rest)] == stored[::-1]
    assert rest.more == ""
    voided = {one.statement_id for one in (*first.statements, *rest.statements) if one.voided}
    assert voided == {stored[1]}
    assert newest_stored(database, store.id) == first.statements[0].stored


def test_statements_are_found_by_what_they_say_and_by_who_stored_them(
    make_lrs: Any, database: Database, store: Store, make_statement: Callable[..., Any]
) -> None:
    lms, other = make_lrs("all"), make_lrs("all")
    read = lms.store(make_statement())[0]
    wrote = other.store(make_statement(verb={"id": "https://example.org/verbs/wrote"}))[0]
    assert ids(browse_statements(database, store.id, StatementQuery(verb=READ), 9)) == [read]
    key = other.client.auth[0]
    assert ids(browse_statements(database, store.id, StatementQuery(), 9, source=key)) == [wrote]
    stored = browse_statements(database, store.id, StatementQuery(), 9).statements[-1].stored
    assert ids(browse_statements(database, store.id, StatementQuery(until=stored), 9)) == [read]
    assert ids(browse_statements(database, store.id, StatementQuery(since=stored), 9)) == [wrote]


def test_another_store_shows_nothing(
    lrs: Any, database: Database, store: Store, other_store: Store, make_statement: Callable[..., Any]
) -> None:
    lrs.store(make_statement(), make_statement())
    page = browse_statements(database, store.id, StatementQuery(), 1)
    assert browse_statements(database, other_store.id, StatementQuery(), 9).statements == ()
    assert browse_statements(database, other_store.id, StatementQuery(), 9, after=page.more).statements == ()
    assert newest_stored(database, other_store.id) is None


@pytest.mark.parametrize("after", ["x", "00", "00" * 14, "é" * 28, "ff" * 15])
def test_a_place_that_is_not_one_is_refused(database: Database, store: Store, after: str) -> None:
    with pytest.raises(RequestRefusedError, match="go back to the first page"):
        browse_statements(database, store.id, StatementQuery(), 9, after=after)
