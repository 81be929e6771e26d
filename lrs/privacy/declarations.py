"""What the LRS holds of people: one declaration for each collection, and for each place outside the database.

What is not declared fails a test. The recommender declares its own collections (`recommender.privacy.declarations`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from lrs.personas import Persona, PersonaId, describe_personas, find_person
from lrs.privacy.auditing import export_lines
from lrs.privacy.statements import erase_statements
from lrs.privacy.texts import erase_activities, erase_documents
from lrs.storage.database import Database, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.personal_data import (
    Declaration,
    Elsewhere,
    Erasing,
    NothingPersonal,
    PartOf,
    Person,
    PersonalData,
    json_of,
    rows_of_person,
)
from lrs.storage.statement_facets import kept_value
from schemas.identifiers import identifiers_implied

ACCOUNT = "as long as the store, or until the person is erased"
STATEMENTS, ATTACHMENTS, FILES = "statements", "attachments", "attachments.files"


def person_of(database: Database, store: StoreId, identifier: str) -> Person:
    """Return the person behind an identifier with all identifiers known; one never seen has this one alone.

    The same mail address in other letter case is the same person here: texts and digests do not tell them apart.
    """
    personas = _personas_of(database, store, identifier)
    found = dict.fromkeys([identifier, *(other for one in personas for other in one.identifiers)])
    implied = (other for one in list(found) for other in identifiers_implied(one))
    joined = [part for one in personas for part in one.joined]
    names = [
        *(name for one in personas for name in (one.seen_name, one.trusted_name, one.entered_name)),
        *(name for part in joined for name in part.names),
    ]
    ids = [one for persona in personas for one in persona.ids]
    return Person(
        store,
        ids[0] if ids else None,
        tuple(dict.fromkeys([*found, *implied])),
        tuple(dict.fromkeys(filter(None, names))),
        joined=tuple(map(str, ids[1:])),
    )


def _personas_of(database: Database, store: StoreId, identifier: str) -> list[Persona]:
    """Return the persona of an identifier first, then those with one of its mail addresses in other letter case."""
    first = find_person(database, store, identifier)
    known = [identifier, *(first.identifiers if first else ())]
    mails = [re.escape(one) for one in dict.fromkeys(known) if one.startswith("mbox|")]
    ids: dict[PersonaId, None] = {first.id: None} if first else {}
    if mails:
        pattern = {"$regex": f"^(?:{'|'.join(mails)})$", "$options": "i"}
        with unavailable_when_unreachable():
            rows = database.collection("personas", store).iterate({"keys": pattern}, ["_id"])
            ids |= dict.fromkeys(row["_id"] for row in rows)
    found = describe_personas(database, store, list(ids))
    return [found[one] for one in ids if one in found]


def _identified(field: str) -> Any:
    """Return the condition that a field is, or holds, an identifier of the person."""
    return lambda person: {field: {"$in": list(person.identifiers)}}


def _mentioned(person: Person) -> Mapping[str, Any]:
    return {"related_agents": {"$in": list(map(kept_value, person.identifiers))}}


def _hashes_of(database: Database, person: Person) -> set[str]:
    rows = database.collection("statements", person.store).iterate(
        {**_mentioned(person), ATTACHMENTS: {"$exists": True}}, [ATTACHMENTS]
    )
    return {sha2 for row in rows for sha2 in row[ATTACHMENTS]}


def _count_files(database: Database, person: Person) -> int:
    return len(_hashes_of(database, person))


def _export_files(database: Database, person: Person) -> Iterator[bytes]:
    files = database.collection(FILES, person.store)
    return map(json_of, files.find_among("sha2", sorted(_hashes_of(database, person))))


def _at_the_end(database: Database, erasing: Erasing) -> int:
    """Return 0: attachments that no Statement holds any more, and the erasure itself, go when all else is done."""
    return 0


def _posts(person: Person) -> Mapping[str, Any]:
    return {"activity": {"$in": list(person.activities)}}


_STATEMENTS = rows_of_person(
    "statements",
    ("text", "agents", "related_agents", "links", "fingerprint", "attachments"),
    _mentioned,
    why="The record of learning: what the person did, and what others did with or to the person.",
    kept="as long as the store; by `learnerprise privacy retention` for as long as the store wants",
    erase=erase_statements,
)

DECLARATIONS: tuple[Declaration, ...] = (
    _STATEMENTS,
    PartOf("statement_references", "statements", "Ids of Statements that point at others."),
    PartOf("statements_to_link", "statements", "Ids of Statements that a process has yet to link."),
    PersonalData(
        FILES,
        ("sha2",),
        "What came along with Statements, such as an essay or a certificate.",
        "as long as a Statement of the store holds it",
        find=_count_files,
        export=_export_files,
        erase=_at_the_end,
    ),
    PartOf("attachments.chunks", FILES, "The bytes of these files."),
    NothingPersonal(
        "attachment_uploads", "Ids of uploads in progress; those of processes that died go in a day."
    ),
    rows_of_person(
        "documents",
        ("agent", "body"),
        _identified("agent"),
        why="State of Activities and Agent Profiles, which players and other tools keep of the person.",
        kept=ACCOUNT,
        erase=partial(erase_documents, _identified("agent")),
    ),
    rows_of_person(
        "personas",
        ("identifiers", "keys", "name", "trusted_name", "entered_name", "choices", "joined", "ids", "apart"),
        _identified("keys"),
        why="Which identifiers are one person, how the person is called, and what the person agreed to.",
        kept=ACCOUNT,
    ),
    rows_of_person(
        "sessions",
        ("holder", "learner", "name", "roles"),
        _identified("learner"),
        why="Who signed in to the pages, so that each page need not ask again.",
        kept="until signed out, 1 hour without use, and 8 hours at most",
    ),
    rows_of_person(
        "sign_in_links",
        ("learner", "name"),
        _identified("learner"),
        why="Whom a link signs in once that was sent or handed to the person.",
        kept="until it is used, and 15 minutes at most",
    ),
    NothingPersonal(
        "persona_changes",
        "Ids of personas of which the recommender reads everything again, for some seconds.",
    ),
    rows_of_person(
        "activities",
        ("activity", "text"),
        _posts,
        why="Definitions of Activities; of a post that the person wrote, its title and text.",
        kept="as long as the store; of posts, until their writer is erased",
        erase=partial(erase_activities, _posts),
    ),
    NothingPersonal(
        "erased", "Digests of identifiers and Statement ids that were erased, by a key of the store."
    ),
    NothingPersonal("erasure_keys", "The random keys of these digests; each goes with its store."),
    rows_of_person(
        "erasures",
        ("what",),
        lambda person: {"what.person.identifiers": {"$in": list(person.identifiers)}},
        why="Whom an erasure is about, so that it can go on after an interruption.",
        kept="until the erasure has finished; its receipt names nobody",
        erase=_at_the_end,
    ),
    PersonalData(
        "audit",
        ("about", "text"),
        "Who asked for data of whom. People are digests by a key of the store.",
        "`LEARNERPRISE_AUDIT_DAYS`; an erasure leaves it, as proof of who saw what was erased",
        find=lambda database, person: 0,
        export=export_lines,
        erase=_at_the_end,
    ),
    NothingPersonal("audit_keys", "The random keys of these digests; each goes with its store."),
    NothingPersonal("stores", "Names and settings of the stores."),
    NothingPersonal("credentials", "Keys of tools, digests of their secrets, and their scopes."),
    NothingPersonal(
        "page_views", "How often each page was looked at on a day, by nobody in particular, for 90 days."
    ),
    NothingPersonal("refusals", "How often a tool's requests broke which rule, for 30 days."),
    NothingPersonal(
        "rate_limits",
        "Counts of requests by key, of failed sign-ins by address, for a minute; of mails and LTI launches by digest.",
    ),
    NothingPersonal("store_usage", "How many bytes each store holds."),
    NothingPersonal("definition_changes", "Which stores change definitions just now, for an hour."),
    NothingPersonal("clock_marks", "Up to which time each process has stored Statements."),
    NothingPersonal("counters", "Numbers that are given out once."),
    NothingPersonal("service_secrets", "Keys that sign the tokens of the service."),
)

ELSEWHERE: tuple[Elsewhere, ...] = (
    Elsewhere(
        "database files",
        "Removed documents leave their bytes in free blocks of the database's files until these are written over.",
        "until the database writes over these blocks",
        "by `learnerprise privacy rewrite-files` at once; on MongoDB by an initial sync of each member",
    ),
    Elsewhere(
        "journal",
        "The database writes each change into its journal first.",
        "until 64 MB more are written, on the server that starts with the service; as long as its oplog on MongoDB",
        "by `learnerprise privacy rewrite-files` at once",
    ),
    Elsewhere(
        "backups",
        "Copies of the database that the operator makes.",
        "as long as the operator keeps them",
        "the receipt says so: a copy that is restored must be followed by the erasures since it was made",
    ),
    Elsewhere(
        "import files",
        "NDJSON sources, with FILE.rejected.ndjson and FILE.progress beside them.",
        "until the operator removes them",
        "those below the data folder are searched, and their lines about the person removed",
    ),
    Elsewhere(
        "logs",
        "A line for each request: method, path, status, time, key; of a failed sign-in address and key as sent.",
        "as long as the operator keeps them",
        "nothing to erase",
    ),
    Elsewhere(
        "exports and reports",
        "CSV and HTML that commands write where the operator says.",
        "until the operator removes them",
        "those below the data folder are searched, and named in the receipt",
    ),
)


def personal(declarations: Iterable[Declaration]) -> list[PersonalData]:
    """Return the collections that hold data of people."""
    return [one for one in declarations if isinstance(one, PersonalData)]
