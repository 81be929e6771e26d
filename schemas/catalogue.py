"""What people enter in the catalogue: nuggets, roles and what is known of learners; as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from schemas import checks, parameters
from schemas.compiled import check_agent
from schemas.errors import InvalidInputError
from schemas.identifiers import identifier_of
from schemas.json_text import parse_json
from schemas.tables import LIST_SIGN, Column, cut_list, whole_number, write_table, yes_or_no
from schemas.versions import XAPI_2_0_0

Values = dict[str, Any]
Kind = Literal["nuggets", "roles", "learners"]

RULE = "Learnerprise catalogue"
PROFILE_ID = "https://learnerprise.org/xapi/profiles/learner"
MODALITIES = ("formal", "informal", "social")
MOST_TEXTS = 50
MOST_ROLE_SKILLS = 200
MOST_LISTED = 500
LEVELS = (1, 3)

_SKILL = checks.text(200, plain=True)
_SKILLS = Column(checks.many(_SKILL, MOST_TEXTS), cut_list)
_PLAIN = Column(checks.text(plain=True))
_TEXT = Column(checks.text())


def _by_language(longest: int) -> Column:
    return Column(checks.mapping(checks.language_tag, checks.text(longest), MOST_TEXTS), languages=True)


def _language(value: Any) -> str:
    return str(checks.language_tag(value)).lower().split("-")[0]


def _cut_levels(cell: str) -> dict[str, Any]:
    """Read `python=3|sql=2`; a skill without a level wants level 1."""
    parts = [part.rpartition("=") if "=" in part else (part, "", "1") for part in cut_list(cell)]
    return {skill: whole_number(level) for skill, _, level in parts}


def read_agent(value: Any) -> str:
    """Return the canonical identifier of an Agent given as a mail address, a mailto: IRI or JSON text."""
    cell = value.strip() if isinstance(value, str) else ""
    agent: Any = {"mbox": cell if cell.startswith("mailto:") else f"mailto:{cell}"}
    try:
        agent = parse_json(cell.encode()) if cell.startswith("{") else agent
        check_agent(agent, XAPI_2_0_0)
        identifier = identifier_of(agent)
    except (InvalidInputError, UnicodeEncodeError):
        identifier = None
    if identifier is None:
        raise checks.refused(value, "an Agent: a mail address, or JSON with one identifier", RULE)
    return identifier


NUGGET: Mapping[str, Column] = {
    "activity": Column(checks.iri),
    "title": _by_language(500),
    "description": _by_language(10_000),
    "format": _PLAIN,
    "modality": Column(checks.one_of(*MODALITIES), str.lower),
    "duration": Column(checks.duration),
    "level": _PLAIN,
    "language": Column(_language),
    "skills": _SKILLS,
    "prerequisites": Column(checks.many(checks.iri, MOST_TEXTS), cut_list),
    "url": Column(checks.iri),
    "owner": _TEXT,
    "valid_until": Column(checks.moment),
    "hidden": Column(checks.boolean, yes_or_no),
    "type": Column(checks.iri),
}
ROLE: Mapping[str, Column] = {
    "name": _TEXT,
    "skills": Column(checks.mapping(_SKILL, checks.whole(*LEVELS), MOST_ROLE_SKILLS), _cut_levels),
}
LEARNER: Mapping[str, Column] = {
    "agent": Column(read_agent),
    "team": _TEXT,
    "role": _TEXT,
    "skills": _SKILLS,
    "goals": _SKILLS,
    "languages": Column(checks.many(_language, MOST_TEXTS), cut_list),
}
COLUMNS: Mapping[Kind, Mapping[str, Column]] = {"nuggets": NUGGET, "roles": ROLE, "learners": LEARNER}
KEYS: Mapping[Kind, str] = {"nuggets": "activity", "roles": "name", "learners": "agent"}


@dataclass(frozen=True, slots=True)
class NuggetQuery:
    """Which nuggets to list: texts are equal in lower case, `after` is the last id of the page before.

    `shown` asks for everything as it is shown, not only as it was entered, where the answer is a CSV.
    """

    limit: int
    after: str = ""
    skill: str = ""
    format: str = ""
    modality: str = ""
    language: str = ""
    level: str = ""
    owner: str = ""
    text: str = ""
    hidden: bool | None = None
    entered: bool | None = None
    shown: bool = False


def parse_key(kind: Kind, text: str) -> str:
    """Return the key that a parameter names: an Activity id, the name of a role, an Agent's identifier."""
    name = KEYS[kind]
    try:
        return str(COLUMNS[kind][name].check(text))
    except InvalidInputError as error:
        raise InvalidInputError(error.message, path=name, rule=error.rule or RULE) from error


def parse_values(kind: Kind, body: bytes) -> Values:
    """Return the values of one nugget, role or learner from JSON; empty ones are left out.

    Raise InvalidInputError naming the property, its value and what it must be.
    """
    sent = parse_json(body)
    if not isinstance(sent, dict):
        raise InvalidInputError("the body is no JSON object; send one with the values", rule=RULE)
    return check_values(kind, sent)


def check_values(kind: Kind, sent: Mapping[str, Any]) -> Values:
    """Return the values that were sent, without the key and empty ones; raise InvalidInputError."""
    known = {name: column for name, column in COLUMNS[kind].items() if name != KEYS[kind]}
    values: Values = {}
    for name, value in sent.items():
        if name not in known:
            message = f"there is no property {name!r}; known are {', '.join(known)}"
            raise InvalidInputError(message, path=name, rule=RULE)
        if value in ("", None, [], {}):
            continue
        try:
            values[name] = known[name].check(value)
        except InvalidInputError as error:
            raise InvalidInputError(error.message, path=name, rule=error.rule or RULE) from error
    return values


def parse_nugget_query(pairs: Iterable[tuple[str, str]]) -> NuggetQuery:
    """Return which nuggets a request wants to list; raise InvalidInputError."""
    found = parameters.collect(pairs, NuggetQuery.__dataclass_fields__, RULE)
    names = ("skill", "format", "modality", "language", "level", "owner", "text")
    texts: dict[str, Any] = {name: found[name].strip().lower() for name in names if name in found}
    flags: dict[str, Any] = {
        name: parameters.boolean(found, name, RULE)
        for name in ("hidden", "entered", "shown")
        if name in found
    }
    return NuggetQuery(
        limit=parameters.integer(found, "limit", 100, (1, MOST_LISTED), RULE),
        after=found.get("after", ""),
        **flags,
        **texts,
    )


def write_values(kind: Kind, rows: Sequence[Values]) -> bytes:
    """Return nuggets, roles or learners as a CSV that can be read again."""
    header = [place for name, column in COLUMNS[kind].items() for place in _places(name, column, rows)]
    named = [f"{name}_{language}" if language else name for name, language in header]
    return write_table(named, [[_cell(row, name, language) for name, language in header] for row in rows])


def _places(name: str, column: Column, rows: Sequence[Values]) -> list[tuple[str, str]]:
    if not column.languages:
        return [(name, "")]
    return [(name, language) for language in sorted({tag for row in rows for tag in row.get(name, {})})]


def _cell(row: Values, name: str, language: str) -> str:
    value = row.get(name)
    if language:
        return str((value or {}).get(language, ""))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return LIST_SIGN.join(f"{key}={level}" for key, level in value.items())
    if isinstance(value, (list, tuple)):
        return LIST_SIGN.join(value)
    return "" if value is None else str(value)
