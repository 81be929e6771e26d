"""Removes Statements by age, verb, registration, or the credential that stored them, whoever they are about."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

from lrs.errors import RequestRefusedError
from lrs.privacy.erasing import Holdings, find_left, remove_what_is_left, wait_for_writers
from lrs.privacy.statements import remove_statements
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.erased import forget_everywhere
from lrs.storage.erasures import ErasuresRepository
from lrs.storage.statement_documents import SeqRange
from lrs.storage.statement_facets import kept_value
from lrs.storage.statement_filters import between
from lrs.storage.statements.erase import AT_ONCE, ErasableStatement, StatementErasures
from lrs.storage.stored_time import now_us
from schemas.json_text import dump_json, parse_json
from schemas.retention import RetentionRule

DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Selection:
    """Which Statements go: those that meet every criterion given; `stored_before` is in us."""

    verb: str | None = None
    registration: str | None = None
    credential: str | None = None
    stored_before: int | None = None

    @property
    def condition(self) -> Mapping[str, Any]:
        """The condition that finds them, and perhaps StatementRefs that only point at such Statements."""
        found: dict[str, Any] = {}
        if self.verb:
            found["verbs"] = kept_value(self.verb)
        if self.registration:
            found["registrations"] = self.registration.lower()
        if self.credential:
            found["credential"] = self.credential
        if self.stored_before:
            found |= between(SeqRange(b"", self.stored_before.to_bytes(8, "big") + bytes(6)))
        return found

    def names(self, statement: ErasableStatement) -> bool:
        """Return whether a Statement itself meets the criteria of what it says."""
        payload = parse_json(statement.text)
        registration = str(payload.get("context", {}).get("registration", "")).lower()
        return (not self.verb or payload["verb"]["id"] == self.verb) and (
            not self.registration or registration == self.registration.lower()
        )


def selection_of(rule: RetentionRule, now: int) -> Selection:
    """Return the Statements that a store keeps no longer by a rule, at a time (us)."""
    before = max(1, now - rule.days * DAY_US)
    return Selection(verb=rule.verb or None, credential=rule.credential or None, stored_before=before)


def retain(
    database: Database, store: StoreId, rules: Sequence[RetentionRule], holdings: Holdings
) -> Mapping[RetentionRule, int]:
    """Remove what a store keeps no longer by its rules; return how many Statements, by rule."""
    removed = {}
    for rule in rules:
        selection, name = selection_of(rule, now_us()), f"rule-{_digest(rule.about)}"
        if any(_selected(database, store, selection)):
            removed[rule] = remove_selected(database, store, selection, holdings, erasure_id=name)
    return removed


def count_selected(database: Database, store: StoreId, selection: Selection) -> int:
    """Count the Statements that would go."""
    return sum(1 for _ in _selected(database, store, selection))


def begin_removal(database: Database, store: StoreId, selection: Selection, erasure_id: str = "") -> str:
    """Note that the Statements of a selection are to be removed; return the id under which it is among the erasures."""
    _require_criteria(selection)
    erasure_id = erasure_id or f"selection-{_digest(asdict(selection))}"
    ErasuresRepository(database, store).begin(erasure_id, {"selection": asdict(selection)})
    return erasure_id


def remove_selected(
    database: Database,
    store: StoreId,
    selection: Selection,
    holdings: Holdings,
    tell: Callable[[str], None] = lambda line: None,
    erasure_id: str = "",
) -> int:
    """Remove the Statements of a selection, and what was made of them; return how many. Run again, it goes on.

    `erasure_id` is by what the removal is known; without one that follows from the selection.

    Those that are removed for their age alone leave no tombstones: sent again, they are stored again.
    """
    repository = ErasuresRepository(database, store)
    erasure_id = begin_removal(database, store, selection, erasure_id)
    with repository.held(erasure_id):
        return _remove(database, selection, erasure_id, holdings, repository, tell)


def _remove(
    database: Database,
    selection: Selection,
    erasure_id: str,
    holdings: Holdings,
    repository: ErasuresRepository,
    tell: Callable[[str], None],
) -> int:
    store = repository.store
    wait_for_writers(database, store)
    removed = 0
    by_age = selection == Selection(stored_before=selection.stored_before)
    for some in in_chunks(_selected(database, store, selection), AT_ONCE, lambda one: len(one.text)):
        with holdings.pause(database, store) as copies:
            remove_statements(
                database,
                store,
                some,
                copies,
                lambda left: repository.note_left(
                    erasure_id, attachments=left.attachments, activities=left.activities
                ),
                tombstones=not by_age,
            )
        removed += len(some)
        tell(f"{removed} Statements removed")
    repository.count(erasure_id, {"statements": removed})
    remove_what_is_left(database, store, find_left(repository, erasure_id))
    forget_everywhere(database, store)
    repository.finish(erasure_id, {"selection": asdict(selection)})
    return removed


def _digest(value: Any) -> str:
    return sha256(dump_json(value)).hexdigest()[:32]


def _selected(database: Database, store: StoreId, selection: Selection) -> Iterator[ErasableStatement]:
    _require_criteria(selection)
    found = StatementErasures(database, store).iterate(selection.condition)
    return (one for one in found if selection.names(one))


def _require_criteria(selection: Selection) -> None:
    if not selection.condition:
        raise RequestRefusedError(
            "Nothing says which Statements are to be removed; name an age, a verb, a registration or a credential. To "
            "remove all of a store: learnerprise stores remove."
        )
