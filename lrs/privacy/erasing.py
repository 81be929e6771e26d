"""Erases a person from a store: as a job that goes on after an interruption, and ends with a receipt.

First the identifiers are noted as erased, so that every process refuses them, or replaces them, from then on. After
all writes that began before are done, each declared collection is erased, again and again until nothing changes.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from lrs.errors import NotFoundError, RequestRefusedError, ServiceUnavailableError
from lrs.personas import find_person
from lrs.privacy.declarations import DECLARATIONS, ELSEWHERE, person_of, personal
from lrs.privacy.files import FilesErased, erase_in_files, still_left
from lrs.privacy.statements import StatementEraser, Traces
from lrs.storage.activities import ActivitiesRepository
from lrs.storage.attachments import AttachmentsRepository
from lrs.storage.database import Database, StoreId
from lrs.storage.definition_changes import DefinitionChanges
from lrs.storage.erased import (
    HELD_S,
    Kind,
    add_erased,
    find_erased,
    find_erasure_key,
    forget_everywhere,
    make_erasure_key,
)
from lrs.storage.erasures import ErasureRow, ErasuresRepository, persona_of
from lrs.storage.persona_links import PersonaLinks
from lrs.storage.personal_data import Declaration, Erasing, Left, Pause, Person, no_pause
from lrs.storage.statements.erase import StatementErasures
from lrs.storage.stored_time import now_us, read_consistent_through
from schemas.identifiers import identifier_of
from schemas.json_text import parse_json
from schemas.privacy import Handling

PSEUDONYM = "erased-"
"""A pseudonym begins so; the rest is the id of the erasure, a digest by the key of the store."""
MOST_PASSES = 10
WRITERS_END_WITHIN_S = 60.0
SAMPLES = 5
MOST_NAMES = 20


@dataclass(frozen=True, slots=True)
class Holdings:
    """All that a service holds: its declarations, how to pause what copies Statements, and whose posts are whose.

    `folder` is its data folder; None where its files are not looked at. `inferred` is what is made of the data when it
    is asked for: by name, why, and the rows of an export.
    """

    declarations: tuple[Declaration, ...] = DECLARATIONS
    pause: Pause = no_pause
    posts_of: Callable[[Database, Person], Sequence[str]] = lambda database, person: ()
    folder: Path | None = None
    inferred: Callable[[Database, Person], Mapping[str, tuple[str, Iterable[bytes]]]] = (
        lambda database, person: {}
    )


@dataclass(frozen=True, slots=True)
class ErasureWish:
    """Whom to erase, and what happens to own Statements and to those of others that mention the person."""

    identifier: str
    own: Handling = "remove"
    mentions: Handling = "pseudonymise"


@dataclass(frozen=True, slots=True)
class Preview:
    """What an erasure would change: numbers by collection, and ids of some Statements."""

    counts: Mapping[str, int]
    samples: Sequence[str]


Tell = Callable[[str], None]


def preview_erasure(database: Database, store: StoreId, wish: ErasureWish, holdings: Holdings) -> Preview:
    """Count what is held of a person, and change nothing; raise NotFoundError for somebody unknown."""
    person = known_person(database, store, wish.identifier, holdings)
    statements = StatementEraser(database, Erasing(person, "", wish.own, wish.mentions)).preview(SAMPLES)
    counts = {one.collection: one.find(database, person) for one in personal(holdings.declarations)}
    counts["statements"] = statements.removed + statements.rewritten
    return Preview({name: count for name, count in counts.items() if count}, statements.samples)


def require_another(database: Database, store: StoreId, learner: str | None, identifier: str) -> None:
    """Raise RequestRefusedError for a learner who would erase the own person: nobody would be left to see it end."""
    if learner in person_of(database, store, identifier).identifiers:
        raise RequestRefusedError("This is the person who asks; let somebody else erase it.", path="agent")


def erase_person(
    database: Database, store: StoreId, wish: ErasureWish, holdings: Holdings, tell: Tell = lambda line: None
) -> ErasureRow:
    """Erase a person, or go on where an erasure of the person was interrupted; return the erasure with its receipt.

    That of somebody erased before runs once more: it goes through the files, and whatever came since. Raise
    NotFoundError for somebody unknown.
    """
    erasure = begin_erasure(database, store, wish, holdings)
    return run_erasure(database, store, erasure.id, holdings, tell)


def begin_erasure(database: Database, store: StoreId, wish: ErasureWish, holdings: Holdings) -> ErasureRow:
    """Note that a person is to be erased, perhaps once more; return the erasure, the one that runs if there is one."""
    repository = ErasuresRepository(database, store)
    running = next((one for one in repository.list_all() if _is_about(one, wish.identifier)), None)
    if running is not None:
        return running
    try:
        person = known_person(database, store, wish.identifier, holdings)
    except NotFoundError:
        erasure_id = _find_earlier(database, store, wish.identifier)
        what = _what(person_of(database, store, wish.identifier), wish, erasure_id)
        if earlier := repository.begin_again(erasure_id, what):
            return earlier
        raise
    key = make_erasure_key(database, store)
    erasure_id = key.digest("persona" if person.persona else "identifier", _name_of(person)).hex()
    return repository.begin(erasure_id, _what(person, wish, erasure_id))


def _what(person: Person, wish: ErasureWish, erasure_id: str) -> Mapping[str, Any]:
    return {
        "person": {**asdict(person), "store": "", "persona": str(person.persona or "")},
        "own": wish.own,
        "mentions": wish.mentions,
        "pseudonym": f"{PSEUDONYM}{erasure_id}",
    }


def run_erasure(
    database: Database, store: StoreId, erasure_id: str, holdings: Holdings, tell: Tell = lambda line: None
) -> ErasureRow:
    """Do an erasure that has begun, from wherever it is; return it with its receipt. Two may do it at once."""
    repository = ErasuresRepository(database, store)
    erasure = repository.find(erasure_id)
    if erasure is None:
        raise NotFoundError(f"There is no erasure {erasure_id!r} in this store; list them.")
    if erasure.finished is not None:
        return erasure
    with repository.held(erasure_id):
        _run(database, _erasing(store, erasure, holdings, repository, tell), erasure_id, holdings, repository)
    return repository.find(erasure_id) or erasure


def _run(
    database: Database, erasing: Erasing, erasure_id: str, holdings: Holdings, repository: ErasuresRepository
) -> None:
    store = erasing.person.store
    _note_erased(database, erasing)
    wait_for_writers(database, store)
    erasing = _with_what_came_late(database, erasing, erasure_id, holdings, repository)
    _part_from_others(database, erasing.person)
    for _ in range(MOST_PASSES):
        if not _erase_once(database, erasing, erasure_id, holdings, repository):
            break
    remove_what_is_left(database, store, find_left(repository, erasure_id))
    forget_everywhere(database, store)
    earlier = repository.find(erasure_id)
    files = _erase_files(erasing, holdings.folder, (earlier and earlier.receipt) or {})
    repository.finish(erasure_id, _receipt(database, store, files))


def _with_what_came_late(
    database: Database, erasing: Erasing, erasure_id: str, holdings: Holdings, repository: ErasuresRepository
) -> Erasing:
    """Return an erasure with the names and posts of Statements that came between its beginning and its note."""
    before = erasing.person
    person = _described(database, before, holdings)
    if person == before:
        return erasing
    late = sorted(set(person.activities) - set(before.activities))
    repository.note_late(erasure_id, names=sorted(set(person.names) - set(before.names)), activities=late)
    traces: list[tuple[Kind, str]] = [("activity", one) for one in late]
    add_erased(database, person.store, traces)
    wait_for_writers(database, person.store)
    return replace(erasing, person=person)


def wait_for_writers(database: Database, store: StoreId) -> None:
    """Return once every write that may not know of an erasure noted before is done; raise ServiceUnavailableError."""
    time.sleep(HELD_S)
    asked, until = now_us(), time.monotonic() + WRITERS_END_WITHIN_S
    while read_consistent_through(database, store) <= asked:
        if time.monotonic() > until:
            raise ServiceUnavailableError("A writer of this store does not end; run the erasure again soon.")
        time.sleep(HELD_S / 10)


def remove_what_is_left(database: Database, store: StoreId, left: Left) -> None:
    """Remove the attachments that no Statement holds any more, and the definitions of Activities that none names."""
    statements = StatementErasures(database, store)
    files = AttachmentsRepository(database, store)
    unheld = set(left.attachments) - statements.held_attachments(left.attachments)
    taken_away = files.take_away(sorted(unheld))
    if taken_away:
        wait_for_writers(database, store)  # one may have found a file that was taken away since
        files.put_back(taken_away, statements.held_attachments(sorted(unheld)))
    unnamed = [one for one in left.activities if not statements.is_named(one)]
    if unnamed:
        DefinitionChanges(database, lambda changing: None).announce(
            store
        )  # no process relies on what it holds
        ActivitiesRepository(database, store).remove(unnamed)


def _erase_once(
    database: Database, erasing: Erasing, erasure_id: str, holdings: Holdings, repository: ErasuresRepository
) -> int:
    """Erase each collection; return how many documents changed."""
    changed = 0
    for one in personal(holdings.declarations):
        count = one.erase(database, erasing)
        repository.count(erasure_id, {one.collection: count})
        erasing.tell(f"{one.collection}: {count} documents")
        changed += count
    return changed


def _erasing(
    store: StoreId, erasure: ErasureRow, holdings: Holdings, repository: ErasuresRepository, tell: Tell
) -> Erasing:
    what = erasure.what
    named = what["person"]
    lists = {name: tuple(named[name]) for name in ("identifiers", "names", "activities", "joined")}
    return Erasing(
        Person(store, persona_of(named["persona"]), **lists),
        what["pseudonym"],
        what["own"],
        what["mentions"],
        holdings.pause,
        lambda left: repository.note_left(
            erasure.id, attachments=left.attachments, activities=left.activities
        ),
        tell,
    )


def _note_erased(database: Database, erasing: Erasing) -> None:
    person = erasing.person
    values: list[tuple[Kind, str]] = [("identifier", one) for one in person.identifiers]
    add_erased(database, person.store, values, erasing.pseudonym)
    traces: list[tuple[Kind, str]] = [("activity", one) for one in person.activities]
    traces += [("persona", str(one)) for one in person.personas]
    add_erased(database, person.store, traces)


def _part_from_others(database: Database, person: Person) -> None:
    """Part the person from those who were joined to it after the erasure began: they are not erased with it."""
    for one in person.identifiers:
        found = find_person(database, person.store, one)
        if found and found.joined and not set(found.identifiers) <= set(person.identifiers):
            with suppress(RequestRefusedError):  # another process has just parted it
                PersonaLinks(database, person.store).part(one)


def find_left(repository: ErasuresRepository, erasure_id: str) -> Left:
    """Return what is to be looked at again at the end of an erasure."""
    erasure = repository.find(erasure_id)
    left = erasure.left if erasure else {}
    return Left(tuple(left.get("attachments", ())), tuple(left.get("activities", ())))


def _receipt(database: Database, store: StoreId, files: FilesErased) -> dict[str, Any]:
    """Return what an erasure leaves to say; nobody is named."""
    key = find_erasure_key(database, store)
    return {
        "lines_removed_from_files": files.lines,
        "files_left": files.left,
        "sent_again": key.sent_again if key else "refuse",
        "elsewhere": [{"place": one.place, "kept": one.kept, "erased": one.erased} for one in ELSEWHERE],
    }


def _erase_files(erasing: Erasing, folder: Path | None, receipt: Mapping[str, Any]) -> FilesErased:
    """Erase in files; return what was done and left, also by the runs before, of which there may be a receipt.

    By now perhaps not all names and identifiers are known, so a file that was named stays named until it is removed.
    """
    found = erase_in_files(folder, Traces(erasing)) if folder else FilesErased()
    before = still_left(folder, receipt.get("files_left", ()), erasing.pseudonym)
    lines = receipt.get("lines_removed_from_files", 0)
    return FilesErased(found.lines + lines, sorted({*found.left, *before}))


def known_person(database: Database, store: StoreId, identifier: str, holdings: Holdings) -> Person:
    """Return the person behind an identifier with names and posts; raise NotFoundError for somebody unknown."""
    person = person_of(database, store, identifier)
    found = (one.find(database, person) for one in personal(holdings.declarations))
    if not any(found):
        raise NotFoundError(f"Nothing in this store is about {identifier!r}; check the identifier.")
    return _described(database, person, holdings)


def _described(database: Database, person: Person, holdings: Holdings) -> Person:
    """Return a person with what Statements call the person, and the posts that they say the person wrote."""
    names = dict.fromkeys([*person.names, *_names_in_statements(database, person)])
    posts = dict.fromkeys([*person.activities, *holdings.posts_of(database, person)])
    return replace(person, names=tuple(names)[:MOST_NAMES], activities=tuple(posts))


def _names_in_statements(database: Database, person: Person) -> set[str]:
    """Return how Statements call a person."""
    found: set[str] = set()
    for one in StatementErasures(database, person.store).iterate_named("related_agents", person.identifiers):
        if b'"name"' in one.text:
            found |= set(_names_in(parse_json(one.text), person.identifiers))
    return found


def _names_in(value: Any, identifiers: Sequence[str]) -> list[str]:
    if isinstance(value, list):
        return [name for item in value for name in _names_in(item, identifiers)]
    if not isinstance(value, dict):
        return []
    own = isinstance(value.get("name"), str) and _is_one_of(value, identifiers)
    return [*([value["name"]] if own else []), *_names_in(list(value.values()), identifiers)]


def _is_one_of(value: dict[str, Any], identifiers: Sequence[str]) -> bool:
    try:
        return identifier_of(value) in identifiers
    except (AttributeError, TypeError, KeyError):
        return False  # an extension may hold anything


def _find_earlier(database: Database, store: StoreId, identifier: str) -> str:
    """Return the id of the erasure by which somebody went of whom nothing is held any more, or an empty text."""
    pseudonym = find_erased(database, store, [("identifier", identifier)]).get(identifier, "")
    return pseudonym.removeprefix(PSEUDONYM)


def require_not_erased(database: Database, person: Person, since: int) -> None:
    """Raise NotFoundError for somebody whose data is being removed, or was since a time (us)."""
    repository = ErasuresRepository(database, person.store)
    known = find_erased(database, person.store, [("identifier", one) for one in person.identifiers])
    for pseudonym in set(known.values()):
        erasure = repository.find(pseudonym.removeprefix(PSEUDONYM))
        if erasure and (erasure.finished is None or erasure.finished >= since):
            raise NotFoundError("This person is being erased, or was erased just now.")


def _is_about(erasure: ErasureRow, identifier: str) -> bool:
    named = erasure.what.get("person", {}).get("identifiers", ())  # a selection of Statements is about nobody
    return erasure.finished is None and identifier in named


def _name_of(person: Person) -> str:
    return str(person.persona) if person.persona else person.identifiers[0]
