"""Erases Statements: those of a person go, those of others that mention the person get a pseudonym, or go too."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any
from urllib.parse import quote

from lrs.statements.attachments import declarations_in
from lrs.statements.extraction import extract_facets
from lrs.statements.fingerprint import fingerprint
from lrs.statements.pseudonyms import SHORTEST_WORD, Rewriting, address_pattern, is_full_name, spellings
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.erased import Kind, add_erased
from lrs.storage.personal_data import Copies, Erasing, Left, Person
from lrs.storage.statements.erase import ErasableStatement, Rewritten, StatementErasures
from schemas.identifiers import agent_of, identifier_of
from schemas.json_text import dump_json, parse_json
from schemas.privacy import Handling

AT_ONCE = 500


@dataclass(slots=True)
class StatementCounts:
    """How many Statements are removed and rewritten; `samples` are ids of some."""

    removed: int = 0
    rewritten: int = 0
    samples: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The numbers as a sentence."""
        return f"{self.removed} Statements removed, {self.rewritten} rewritten"


class StatementEraser:
    """Erases the Statements about one person from one store."""

    def __init__(self, database: Database, erasing: Erasing) -> None:
        self._database = database
        self._erasing = erasing
        self._store = erasing.person.store
        self._statements = StatementErasures(database, self._store)
        self._traces = Traces(erasing)
        self.counts = StatementCounts()

    def run(self) -> StatementCounts:
        """Erase what an index finds, then what only texts say; begin again after an interruption."""
        for statements in (*self._named(), self._with_words()):
            for some in in_chunks(statements, AT_ONCE, lambda one: len(one.text)):
                self._erase(some)
                self._erasing.tell(self.counts.line)
        return self.counts

    def preview(self, samples: int) -> StatementCounts:
        """Count what would happen, and change nothing."""
        seen: set[bytes] = set()
        for statement in chain(*self._named(), self._with_words()):
            if statement.key in seen:
                continue
            seen.add(statement.key)
            removed, after = self._decide(statement)
            self.counts.removed += removed
            self.counts.rewritten += after is not None
            if (removed or after) and len(self.counts.samples) < samples:
                self.counts.samples.append(statement.statement_id)
        return self.counts

    def _named(self) -> list[Iterator[ErasableStatement]]:
        person = self._erasing.person
        facets = (("related_agents", person.identifiers), ("related_activities", person.activities))
        return [self._statements.iterate_named(name, values) for name, values in facets if values]

    def _with_words(self) -> Iterator[ErasableStatement]:
        if self._traces.any:
            yield from (one for one in self._statements.iterate() if self._traces.may_stand_in(one.text))

    def _decide(self, statement: ErasableStatement) -> tuple[bool, Rewritten | None]:
        """Return whether a Statement goes, or else what it becomes; None if it says nothing of the person itself."""
        is_own = self._traces.is_person(parse_json(statement.text)["actor"])
        handling: Handling = self._erasing.own if is_own else self._erasing.mentions
        if is_own and handling == "remove":
            return True, None
        after = self._rewritten(statement)
        return (True, None) if after and handling == "remove" else (False, after)

    def _erase(self, statements: Sequence[ErasableStatement]) -> None:
        decided = [(one, *self._decide(one)) for one in statements]
        doomed = [one for one, is_removed, _ in decided if is_removed]
        changed = [after for _, _, after in decided if after]
        inheriting = [one for one, gone, after in decided if not gone and not after and one.is_reference]
        with self._erasing.pause(self._database, self._store) as copies:
            remove_statements(self._database, self._store, doomed, copies, self._erasing.note_left)
            self._rewrite(changed, copies)
            self._statements.relink(inheriting)
        self.counts.removed += len(doomed)
        self.counts.rewritten += len(changed)

    def _rewrite(self, changed: Sequence[Rewritten], copies: Copies) -> None:
        if changed:
            self._erasing.note_left(_left([one.before for one in changed]))
            self._statements.rewrite(changed)
            copies.read_again([one.before.statement_id for one in changed])

    def _rewritten(self, statement: ErasableStatement) -> Rewritten | None:
        text = self._traces.rewriting.statement(statement.text)
        if text == statement.text:
            return None
        payload = parse_json(text)
        kept = {one.sha2 for one in declarations_in(payload)}
        return Rewritten(
            statement,
            text,
            extract_facets(payload, payload.get("authority", {})),
            fingerprint(payload),
            tuple(sha2 for sha2 in statement.attachments if sha2 in kept),
        )


def remove_statements(
    database: Database,
    store: StoreId,
    doomed: Sequence[ErasableStatement],
    copies: Copies,
    note_left: Callable[[Left], None],
    *,
    tombstones: bool = True,
) -> None:
    """Remove Statements and what was made of them; their ids are noted as erased, by digests."""
    if not doomed:
        return
    note_left(_left(doomed))
    ids = [one.statement_id for one in doomed]
    if tombstones:
        named: list[tuple[Kind, str]] = [("statement", one) for one in ids]
        add_erased(database, store, named)
    copies.forget(ids)
    StatementErasures(database, store).remove(doomed)


def _left(statements: Iterable[ErasableStatement]) -> Left:
    found = list(statements)
    hashes = {sha2 for one in found for sha2 in one.attachments}
    return Left(tuple(sorted(hashes)), tuple(sorted({name for one in found for name in one.activities})))


class Traces:
    """What a text may say of a person, and the text without it."""

    def __init__(self, erasing: Erasing) -> None:
        person, pseudonym = erasing.person, erasing.pseudonym
        self._identifiers = frozenset(one.lower() for one in person.identifiers)
        self.words = words_of(person)
        patterns = [*map(_spelled, self.words), *_accounts(person)]
        self.any = bool(patterns)
        self._found = re.compile(("|".join(patterns) or "(?!)").encode(), re.IGNORECASE)
        self.rewriting = Rewriting(
            lambda identifier: pseudonym if identifier.lower() in self._identifiers else "",
            address_pattern(self.words),
            pseudonym,
            frozenset(person.activities),
        )

    def may_stand_in(self, text: bytes) -> bool:
        """Return whether a text may name the person by a word or an account; `rewriting` tells for sure."""
        return self._found.search(text) is not None

    def without(self, text: str) -> str:
        """Return a text without the words that name the person."""
        rewriting = self.rewriting
        return rewriting.words.sub(rewriting.instead, text) if rewriting.words else text

    def is_person(self, actor: Mapping[str, Any]) -> bool:
        """Return whether an actor is the person, or a Group of nobody else."""
        if identifier := identifier_of(actor):
            return identifier.lower() in self._identifiers
        members = [identifier_of(one) or "" for one in actor.get("member", ())]
        return bool(members) and all(one.lower() in self._identifiers for one in members)


def words_of(person: Person) -> tuple[str, ...]:
    """Return the words by which a text names a person: addresses, hashes, accounts, and names of several words.

    A first name alone is no such word: it names others too. Addresses are also found as they stand in a query string.
    """
    found = dict.fromkeys(one for name in filter(is_full_name, person.names) for one in spellings(name))
    for identifier in person.identifiers:
        agent = agent_of(identifier)
        value = agent["account"]["name"] if "account" in agent else identifier.partition("|")[2]
        word = value.removeprefix("mailto:")
        found |= dict.fromkeys((word, quote(word, safe="")) if identifier.startswith("mbox|") else (word,))
    return tuple(one for one in found if len(one) >= SHORTEST_WORD)


def _accounts(person: Person) -> Iterator[str]:
    """Yield the patterns of accounts in JSON text, which may itself stand in a text of JSON.

    A name is too short for a word, or names somebody else at another home page.
    """
    for identifier in person.identifiers:
        if account := agent_of(identifier).get("account"):
            home, name = (_member(key, account[key]) for key in ("homePage", "name"))
            yield from (f"{home}[^{{}}]*{name}", f"{name}[^{{}}]*{home}")


def _member(key: str, value: str) -> str:
    quotes = r'\\*"'
    return rf"{quotes}{key}{quotes}\s*:\s*{quotes}{_spelled(value)}{quotes}"


def _spelled(word: str) -> str:
    """Return the pattern of a word as it may stand in JSON text, with escapes or without."""
    spellings = {word, dump_json(word).decode()[1:-1], _ascii(word), word.replace("/", "\\/")}
    return f"(?:{'|'.join(map(re.escape, sorted(spellings)))})"


def _ascii(word: str) -> str:
    return "".join(one if one.isascii() else _escape(one) for one in word)


def _escape(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def erase_statements(database: Database, erasing: Erasing) -> int:
    """Erase the Statements about a person; return how many were removed or rewritten."""
    counts = StatementEraser(database, erasing).run()
    return counts.removed + counts.rewritten
