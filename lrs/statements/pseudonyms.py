"""Puts a pseudonym in the place of people in the text of a Statement or document; all else stays as it was sent. Pure.

A person is found as an Agent or Group anywhere, also in extensions, and by words (a mail address, a name) in any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote, quote_plus

from schemas.compiled import check_agent
from schemas.errors import InvalidInputError
from schemas.identifiers import ERASED_HOME_PAGE, KINDS, identifier_of, pseudonymous_agent
from schemas.json_text import dump_json, parse_json, split_array, split_object
from schemas.versions import XAPI_2_0_0

_PART = r"[^\s\"'<>()\[\],;:|/?=&#@]"
_ADDRESS = re.compile(rf"{_PART}+?(?:@|%40){_PART}+\.\w+")
SHORTEST_WORD = 5
MOST_COMPARED = 32 * 1024 * 1024
"""Letters times names that are compared for one text: in a very large one, the first names alone are looked for."""
SOMEBODY = "somebody"
"""Instead of a name whose letters are the same as an Agent's in any case, but not in lower case."""
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"

Pseudonyms = Callable[[str], str]
"""Returns the pseudonym of an identifier; empty for somebody who has none."""


def identifiers_anywhere(value: Any) -> Iterator[str]:
    """Yield the identifiers of all Agents and Groups in a value, and of mail addresses in texts; some repeatedly."""
    if isinstance(value, Mapping):
        if identifier := _identifier(value):
            yield identifier
        for name, item in value.items():
            yield from identifiers_anywhere(name)
            yield from identifiers_anywhere(item)
    elif isinstance(value, list):
        for item in value:
            yield from identifiers_anywhere(item)
    elif isinstance(value, str) and _may_hold_address(value):
        yield from map(_named_by, _ADDRESS.findall(value))


def names_anywhere(value: Any) -> Iterator[tuple[str, str]]:
    """Yield the identifiers of all Agents and Groups in a value that have a name, with the name."""
    if isinstance(value, Mapping):
        if isinstance(value.get("name"), str) and (identifier := _identifier(value)):
            yield identifier, value["name"]
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from names_anywhere(item)


def is_full_name(name: str) -> bool:
    """Return whether a name tells its person from other words: a first name alone names others too."""
    return len(name.split()) > 1 and len(name) >= SHORTEST_WORD


def spellings(name: str) -> tuple[str, ...]:
    """Return a full name as texts and addresses write it."""
    return tuple(dict.fromkeys((name, quote(name, safe=""), quote_plus(name))))


def _may_hold_address(text: str) -> bool:
    return "@" in text or "%40" in text


def _named_by(address: str) -> str:
    """Return the identifier of whoever has an address, which may be written with %40 as in an IRI."""
    local, _, domain = address.replace("%40", "@").rpartition("@")
    return f"mbox|mailto:{local}@{domain.lower()}"


def _identifier(value: Mapping[str, Any]) -> str | None:
    if not any(kind in value for kind in KINDS):
        return None
    try:
        return identifier_of(value)
    except (AttributeError, TypeError, KeyError):
        return None  # an extension may hold anything


def address_pattern(addresses: Collection[str]) -> re.Pattern[str] | None:
    """Return the pattern of words that name somebody; each counts as a whole word, in any case, also after `%20`."""
    if not addresses:
        return None
    longest_first = sorted(addresses, key=len, reverse=True)
    words = "|".join(map(re.escape, longest_first))
    return re.compile(rf"(?:(?<!\w)|(?<=%[0-9a-f]{{2}}))(?:{words})(?!\w)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rewriting:
    """What to replace: people by `pseudonym_of`, `words` by `instead`; what is said of `activities` is left out.

    `home_page` is that of the accounts that stand instead. `reads_texts` is for what is sent about people: a text that
    is a mail address, or an Agent as JSON, becomes an Agent as JSON; what is not a valid Agent is left to be refused.
    """

    pseudonym_of: Pseudonyms
    words: re.Pattern[str] | None = None
    instead: str | Callable[[re.Match[str]], str] = ""
    activities: Collection[str] = frozenset()
    home_page: str = ERASED_HOME_PAGE
    reads_texts: bool = False

    def rewrite(self, text: bytes) -> bytes:
        """Return JSON text without the people; the same object where it names none of them."""
        start = text.lstrip()[:1]
        if start == b"{":
            return self._object(text)
        if start == b"[":
            return self._array(text)
        return self._string(text) if start == b'"' else text

    def statement(self, text: bytes) -> bytes:
        """Return the text of a Statement without the people; one that changes loses its signature, which names them."""
        changed = self.rewrite(text)
        return text if changed is text else _without_signature(changed)

    def _object(self, text: bytes) -> bytes:
        values = split_object(text)
        named = {kind: parse_json(values[kind]) for kind in KINDS if kind in values}
        identifier = _identifier(named) if named and (not self.reads_texts or _is_agent(text)) else None
        if identifier and (pseudonym := self.pseudonym_of(identifier)):
            return self._pseudonymous(pseudonym, values)
        after = {self._words(name): self.rewrite(value) for name, value in values.items()}
        if identifier and "name" in values:
            after["name"] = values["name"]  # somebody else may be called the same
        if (
            "definition" in after
            and self.activities
            and parse_json(after.get("id", b'""')) in self.activities
        ):
            del after["definition"]
        return text if after == values else _join(after)

    def _pseudonymous(self, pseudonym: str, values: Mapping[str, bytes]) -> bytes:
        """Return the Agent, or Group with its members, that stands for somebody."""
        is_group = parse_json(values.get("objectType", b'""')) == "Group"
        agent = dump_json(pseudonymous_agent(pseudonym, "Group" if is_group else "Agent", self.home_page))
        if not is_group or "member" not in values:
            return agent
        return _join({**split_object(agent), "member": self.rewrite(values["member"])})

    def _array(self, text: bytes) -> bytes:
        before = split_array(text, len(text)) or []
        after = [self.rewrite(value) for value in before]
        return text if after == before else b"[" + b",".join(after) + b"]"

    def _string(self, text: bytes) -> bytes:
        value = parse_json(text)
        changed = self.text(value)
        return text if changed == value else dump_json(changed)

    def text(self, value: str) -> str:
        """Return a text without the people."""
        if self.reads_texts and (agent := self._agent_in(value.strip())):
            return agent
        return self._words(value)

    def _agent_in(self, text: str) -> str:
        """Return an Agent as JSON for a text that is one, or a mail address; empty for any other."""
        if text.startswith("{"):
            try:
                return self.rewrite(text.encode()).decode() if _is_agent(text.encode()) else ""
            except UnicodeEncodeError:
                return ""
        if not _ADDRESS.fullmatch(text.removeprefix("mailto:")):
            return ""
        pseudonym = self.pseudonym_of(_named_by(text.removeprefix("mailto:")))
        return (
            dump_json(pseudonymous_agent(pseudonym, home_page=self.home_page)).decode() if pseudonym else ""
        )

    def _words(self, value: str) -> str:
        if self.words is not None:
            value = self.words.sub(self.instead, value)
        return _ADDRESS.sub(self._address, value) if _may_hold_address(value) else value

    def _address(self, found: re.Match[str]) -> str:
        return self.pseudonym_of(_named_by(found[0])) or found[0]


def _is_agent(text: bytes) -> bool:
    try:
        check_agent(parse_json(text), XAPI_2_0_0)
    except InvalidInputError:
        return False
    return True


def _without_signature(text: bytes) -> bytes:
    values = split_object(text)
    if "attachments" not in values:
        return text
    attachments = split_array(values["attachments"], len(text)) or []
    kept = [one for one in attachments if parse_json(one).get("usageType") != SIGNATURE]
    if len(kept) == len(attachments):
        return text
    values["attachments"] = b"[" + b",".join(kept) + b"]"
    return _join(values if kept else {key: value for key, value in values.items() if key != "attachments"})


def _join(values: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(dump_json(key) + b":" + text for key, text in values.items()) + b"}"


def rewrite_any(rewriting: Rewriting, body: bytes) -> bytes:
    """Return any text without the people: JSON by its values, other text by its words; other bytes stay."""
    try:
        parse_json(body)
        return rewriting.rewrite(body)
    except InvalidInputError:
        pass
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return body
    changed = rewriting.text(text)
    return body if changed == text else changed.encode()


def without_names(value: Any, text: bytes, pseudonym_of: Pseudonyms) -> bytes:
    """Return JSON text in which pseudonyms stand for people, also in the place of their full names.

    Full names are those that Agents have in `value`, the same JSON before. Only those: a Statement that is sent again
    must come out the same, whoever was named elsewhere meanwhile.
    """
    called = (
        (one.lower(), pseudonym)
        for identifier, name in names_anywhere(value)
        if is_full_name(name) and (pseudonym := pseudonym_of(identifier))
        for one in spellings(name)
    )
    names = dict(islice(called, MOST_COMPARED // len(text) + 1))
    plain = text.decode(errors="replace").lower()
    if not names or ("\\" not in plain and not any(name in plain for name in names)):
        return text
    words = address_pattern(names)
    return Rewriting(lambda one: "", words, lambda name: names.get(name[0].lower(), SOMEBODY)).rewrite(text)
