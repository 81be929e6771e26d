"""Personas in MongoDB: the map from identifiers to one learner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from typing import Any

from bson import ObjectId

from lrs.storage.database import Database, Row, StoreId
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.inserts import insert_free
from lrs.storage.record_sets import rows_of
from lrs.storage.records import PersonaRecord
from lrs.storage.tenancy import Update
from schemas.consents import CONSENTS, KINDS, Kind
from schemas.identifiers import identifiers_implied

PersonaId = ObjectId
NAMES = ("name", "trusted_name", "entered_name")


@dataclass(frozen=True, slots=True)
class Choice:
    """A learner's own choice about a kind of consent: by which identifier, on which version of the words, when (us)."""

    identifier: str
    agrees: bool
    version: int
    at: int


@dataclass(frozen=True, slots=True)
class JoinedPart:
    """A person who was found to be another one: id and identifiers, joined by what and since when (us)."""

    id: PersonaId
    identifiers: tuple[str, ...]
    by: str
    since: int
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Persona:
    """A learner: names, the identifiers, and the own choices about consents by kind, the newest last.

    `joined` are the people that were found to be the same one.

    Names are kept by where they come from: a person entered it, a credential that is trusted with names sent it, or
    any other did. The newest of each kind counts.
    """

    id: PersonaId
    identifiers: tuple[str, ...]
    choices: Mapping[Kind, tuple[Choice, ...]]
    seen_name: str | None
    trusted_name: str | None
    entered_name: str | None
    joined: tuple[JoinedPart, ...] = ()

    @property
    def ids(self) -> tuple[PersonaId, ...]:
        """Return the ids under which something may be kept of the learner."""
        return (self.id, *(one.id for one in self.joined))

    @property
    def sure_name(self) -> str | None:
        """The name that not every writer can set, None if there is none."""
        return self.entered_name or self.trusted_name

    @property
    def name(self) -> str | None:
        """The best name there is."""
        return self.sure_name or self.seen_name

    def choice(self, kind: Kind) -> bool | None:
        """Return the own choice about a kind of consent; None without one, and for consent to earlier words."""
        return choice_of(self.choices.get(kind, ()), kind)


def iterate_identifiers(database: Database, store: StoreId) -> Iterator[str]:
    """Stream the identifiers of all people of a store."""
    with unavailable_when_unreachable():
        for row in rows_of(database, PersonaRecord, store).iterate({}, ["identifiers"]):
            yield from row["identifiers"]


class PersonasRepository:
    """The personas of one store.

    Many rows are changed by a key of each: not every engine has an index for an `_id` beside a store.
    """

    def __init__(self, database: Database, store: StoreId) -> None:
        self._rows = rows_of(database, PersonaRecord, store)

    def find_all(self, identifiers: Sequence[str]) -> dict[str, Persona]:
        """Return the persona of each identifier that has one, perhaps by another identifier that it implies."""
        wanted = {identifier: keys_of(identifier) for identifier in identifiers}
        keys = list(dict.fromkeys(key for some in wanted.values() for key in some))
        with unavailable_when_unreachable():
            owners = {key: row for row in self._rows.find_among("keys", keys) for key in row["keys"]}
        known = (
            (one, next((owners[key] for key in some if key in owners), None)) for one, some in wanted.items()
        )
        return {identifier: _persona(row) for identifier, row in known if row is not None}

    def describe(self, personas: Sequence[PersonaId]) -> dict[PersonaId, Persona]:
        """Return the personas with these ids."""
        with unavailable_when_unreachable():
            return {row["_id"]: _persona(row) for row in self._rows.find_by_ids(personas)}

    def find_joined(self, personas: Sequence[PersonaId]) -> dict[PersonaId, PersonaId]:
        """Return, of those of these ids that were joined to a person, the id of that person."""
        wanted = set(personas)
        with unavailable_when_unreachable():
            rows = list(self._rows.find_among("ids", list(wanted), ["_id", "ids"]))
        return {one: row["_id"] for row in rows for one in row["ids"] if one in wanted}

    def iterate_choosing(self, kind: Kind, *, agrees: bool) -> Iterator[tuple[PersonaId, ...]]:
        """Stream the ids of each who agreed to a kind of consent, or who refused it; the one who leads is first."""
        with unavailable_when_unreachable():
            for row in self._rows.iterate({"chosen": _mark(kind, agrees=agrees)}, ["_id", "ids"]):
                yield (row["_id"], *row.get("ids", ()))

    def insert_missing(self, names: Mapping[str, str | None]) -> None:
        """Make a persona for each identifier; those that another process made meanwhile are left alone."""
        rows = [self._row(identifier, name) for identifier, name in names.items()]
        with unavailable_when_unreachable():
            insert_free(self._rows, rows, ordered=False)

    def _row(self, identifier: str, name: str | None) -> Row:
        record = PersonaRecord(
            store=self._rows.store, identifiers=[identifier], keys=keys_of(identifier), name=name
        )
        record.validate()
        return dict(record.to_mongo())

    def join(self, owners: Mapping[str, Persona]) -> None:
        """Add identifiers to the personas that were known by others which these imply, or are implied by."""
        changes = [
            Update(
                {"keys": owner.identifiers[0]},
                {"$addToSet": {"identifiers": identifier, "keys": {"$each": keys_of(identifier)}}},
            )
            for identifier, owner in owners.items()
        ]
        with unavailable_when_unreachable():
            self._rows.bulk_write(changes)

    def rename(self, names: Mapping[str, str], trusted_names: Mapping[str, str]) -> None:
        """Keep the names last seen with each identifier."""
        changes = [
            Update({"keys": identifier}, {"$set": {field: name}})
            for field, seen in (("name", names), ("trusted_name", trusted_names))
            for identifier, name in seen.items()
        ]
        with unavailable_when_unreachable():
            self._rows.bulk_write(changes)

    def correct_names(self, names: Mapping[PersonaId, tuple[str | None, str | None]]) -> None:
        """Keep other names as those last seen, and last seen from trusted credentials."""
        with unavailable_when_unreachable():
            keys = self._find_keys(names)
            self._rows.bulk_write(
                [
                    Update({"keys": key}, {"$set": {"name": names[one][0], "trusted_name": names[one][1]}})
                    for one, key in keys.items()
                ]
            )

    def enter_names(self, names: Mapping[PersonaId, str | None]) -> None:
        """Keep the names that a person entered; None takes one back, also of a part of a person."""
        leads = self.find_joined([one for one, name in names.items() if name is None])
        with unavailable_when_unreachable():
            keys = self._find_keys([*names, *leads.values()])
            changes = [
                Update({"keys": keys[one]}, {"$set": {"entered_name": name}})
                for one, name in names.items()
                if one in keys
            ]
            changes += [
                Update({"keys": keys[lead], "joined.id": one}, {"$set": {"joined.$.entered_name": None}})
                for one, lead in leads.items()
                if lead in keys
            ]
            self._rows.bulk_write(changes)

    def _find_keys(self, personas: Iterable[PersonaId]) -> dict[PersonaId, str]:
        """Return a key of each of these rows that exists."""
        rows = self._rows.find_by_ids(list(personas), ["keys"])
        return {row["_id"]: row["keys"][0] for row in rows}

    def write_choices(self, person: Persona, choices: Mapping[Kind, Sequence[Choice]]) -> bool:
        """Replace the own choices of a learner about these kinds; False if the learner is not as read any more."""
        found = {kind: tuple(choices.get(kind, person.choices.get(kind, ()))) for kind in KINDS}
        values: Row = {f"choices.{kind}": [astuple(one) for one in found[kind]] for kind in choices}
        values["chosen"] = chosen_of({kind: [astuple(one) for one in made] for kind, made in found.items()})
        as_read: Row = {"_id": person.id, "identifiers": list(person.identifiers)}
        for kind in KINDS:
            made = [list(astuple(one)) for one in person.choices.get(kind, ())]
            as_read[f"choices.{kind}"] = made or {"$in": [[], None]}
        with unavailable_when_unreachable():
            return bool(self._rows.update_one(as_read, {"$set": values}))


def chosen_of(choices: Mapping[Any, Sequence[Sequence[Any]]]) -> list[str]:
    """Return the choices that count, as they are found by."""
    made = {kind: choice_of([Choice(*one) for one in choices.get(kind, ())], kind) for kind in KINDS}
    return [_mark(kind, agrees=agrees) for kind, agrees in made.items() if agrees is not None]


def choice_of(made: Sequence[Choice], kind: Kind) -> bool | None:
    """Return the newest choice about a kind; None without one, and for consent to earlier words."""
    if not made or (made[-1].agrees and made[-1].version != CONSENTS[kind].version):
        return None
    return made[-1].agrees


def _mark(kind: Kind, *, agrees: bool) -> str:
    return f"{kind}|{CONSENTS[kind].version}" if agrees else f"{kind}|no"


def keys_of(identifier: str) -> list[str]:
    """Return an identifier and all that it implies."""
    return [identifier, *identifiers_implied(identifier)]


def _persona(row: Mapping[str, Any]) -> Persona:
    parts = [row, *row.get("joined", ())]
    seen, trusted, entered = (
        next((part[field] for part in parts if part.get(field)), None) for field in NAMES
    )
    joined = tuple(
        JoinedPart(
            one["id"],
            tuple(one["identifiers"]),
            one["by"],
            one["since"],
            tuple(one[field] for field in NAMES if one.get(field)),
        )
        for one in parts[1:]
    )
    choices = {kind: tuple(Choice(*one) for one in made) for kind, made in row.get("choices", {}).items()}
    return Persona(row["_id"], tuple(row["identifiers"]), choices, seen, trusted, entered, joined)
