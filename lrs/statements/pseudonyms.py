"""Puts a pseudonym in the place of people in the text of a Statement or document; all else stays as it was sent. Pure.

A person is found as an Agent or Group anywhere, also in extensions, and by words (a mail address, a name) in any text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import InvalidInputError
from schemas.identifiers import ERASED_HOME_PAGE, KINDS, identifier_of, pseudonymous_agent
from schemas.json_text import dump_json, parse_json, split_array, split_object

_ADDRESS = re.compile(r"[^\s\"'<>()\[\],;:|]+@[^\s\"'<>()\[\],;:|]+\.\w+")
_SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"

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
    elif isinstance(value, str) and "@" in value:
        for address in _ADDRESS.findall(value):
            local, _, domain = address.rpartition("@")
            yield f"mbox|mailto:{local}@{domain.lower()}"


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
    """What to replace: people by `pseudonym_of`, `words` by one pseudonym; what is said of `activities` is left out.

    `home_page` is that of the accounts that stand instead.
    """

    pseudonym_of: Pseudonyms
    words: re.Pattern[str] | None = None
    instead: str = ""
    activities: Collection[str] = frozenset()
    home_page: str = ERASED_HOME_PAGE

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
        identifier = _identifier(named) if named else None
        if identifier and (pseudonym := self.pseudonym_of(identifier)):
            is_group = parse_json(values.get("objectType", b'""')) == "Group"
            return dump_json(pseudonymous_agent(pseudonym, "Group" if is_group else "Agent", self.home_page))
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

    def _array(self, text: bytes) -> bytes:
        before = split_array(text, len(text)) or []
        after = [self.rewrite(value) for value in before]
        return text if after == before else b"[" + b",".join(after) + b"]"

    def _string(self, text: bytes) -> bytes:
        value = parse_json(text)
        changed = self._words(value)
        return text if changed == value else dump_json(changed)

    def _words(self, value: str) -> str:
        if self.words is not None:
            value = self.words.sub(self.instead, value)
        return _ADDRESS.sub(self._address, value) if "@" in value else value

    def _address(self, found: re.Match[str]) -> str:
        local, _, domain = found[0].rpartition("@")
        return self.pseudonym_of(f"mbox|mailto:{local}@{domain.lower()}") or found[0]


def _without_signature(text: bytes) -> bytes:
    values = split_object(text)
    if "attachments" not in values:
        return text
    attachments = split_array(values["attachments"], len(text)) or []
    kept = [one for one in attachments if parse_json(one).get("usageType") != _SIGNATURE]
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
    changed = rewriting.words.sub(rewriting.instead, text) if rewriting.words else text
    return body if changed == text else changed.encode()
