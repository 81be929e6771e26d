"""Turns a Statement as it was sent into a Statement as it is stored: ids, times, authority, exact text."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lrs.statements.extraction import extract_facets, is_voiding, reference_of
from lrs.statements.fingerprint import fingerprint
from lrs.storage.statement_documents import StatementRow
from lrs.storage.stored_time import StoredTime
from schemas.json_text import dump_json, parse_json, split_object
from schemas.timestamps import format_timestamp, in_utc, parse_timestamp
from schemas.versions import VersionRules

SET_BY_LRS = ("stored", "authority")


@dataclass(frozen=True, slots=True)
class SentStatement:
    """A Statement as a client sent it: the valid payload, and the exact text it came in.

    One of a large batch is packed: its payload is parsed again whenever it is needed, since Python values take many
    times the memory of the text.
    """

    parsed: Mapping[str, Any] | None
    text: bytes
    packed_id: str | None = None

    @property
    def payload(self) -> Mapping[str, Any]:
        """The Statement as Python values."""
        return parse_json(self.text) if self.parsed is None else self.parsed

    @property
    def sent_id(self) -> str | None:
        """The id as it was written, or None if the client left it to us."""
        return self.packed_id if self.parsed is None else self.parsed.get("id")

    @property
    def statement_id(self) -> str | None:
        """The id in lower case, or None if the client left it to us."""
        found = self.sent_id
        return found.lower() if found else None

    def packed(self) -> SentStatement:
        """Return the same Statement without its Python values."""
        return SentStatement(None, self.text, self.sent_id)


@dataclass(frozen=True, slots=True)
class Origin:
    """Under whose authority a batch comes, by which credential, by the rules of which version; and what it may do."""

    authority: Mapping[str, Any]
    credential: str
    rules: VersionRules
    voids_others: bool = True
    has_trusted_names: bool = False


def with_id(sent: SentStatement, statement_id: str) -> SentStatement:
    """Return the Statement with the id that it lacked, put first."""
    text = b'{"id":' + dump_json(statement_id) + b"," + sent.text.strip()[1:].lstrip()
    if sent.parsed is None:
        return SentStatement(None, text, statement_id)
    return SentStatement({"id": statement_id, **sent.parsed}, text)


def with_new_id(sent: SentStatement) -> SentStatement:
    """Return the Statement with a fresh id; version 4, since common clients refuse later versions."""
    return with_id(sent, str(uuid.uuid4()))


def build_row(
    sent: SentStatement,
    origin: Origin,
    time: StoredTime,
    position: int,
    attachments: tuple[str, ...] = (),
) -> StatementRow:
    """Build what is kept of a Statement; its id must be set. `attachments` are hashes of what came with it."""
    payload = sent.payload
    timestamp = payload.get("timestamp")
    return StatementRow(
        statement_id=payload["id"].lower(),
        seq=time.seq(position),
        stored=time.stored,
        timestamp=parse_timestamp(timestamp) if timestamp else time.stored,
        facets=extract_facets(payload, origin.authority),
        credential=origin.credential,
        reference=reference_of(payload),
        voids=is_voiding(payload),
        fingerprint=fingerprint(payload),
        text=kept_text(sent, origin, time.stored),
        attachments=attachments,
        voids_own_only=is_voiding(payload) and not origin.voids_others,
        has_trusted_names=origin.has_trusted_names,
    )


def kept_text(sent: SentStatement, origin: Origin, stored: int) -> bytes:
    """Return the text as kept: each value exactly as sent, and what the LRS sets beside it."""
    values = split_object(sent.text)
    if sent.payload["object"].get("objectType") == "SubStatement":
        values["object"] = _kept_substatement(values["object"], sent.payload["object"], origin.rules)
    values |= _changed_values(values, sent.payload, origin.rules)
    moment = _moment(stored)
    values = {key: text for key, text in values.items() if key not in SET_BY_LRS}
    values.setdefault("timestamp", moment)
    values.setdefault("version", dump_json(origin.rules.default_statement_version))
    return _join({**values, "stored": moment, "authority": dump_json(origin.authority)})


@lru_cache(maxsize=64)
def _moment(stored: int) -> bytes:
    """Return the text of a `stored` time; all Statements of a batch have the same."""
    return dump_json(format_timestamp(stored))


def _kept_substatement(text: bytes, substatement: Mapping[str, Any], rules: VersionRules) -> bytes:
    values = split_object(text)
    changed = _changed_values(values, substatement, rules)
    return _join({**values, **changed}) if changed else text


def _changed_values(
    values: Mapping[str, bytes], statement: Mapping[str, Any], rules: VersionRules
) -> dict[str, bytes]:
    """Return the texts of the values that the specification wants returned in one form of several."""
    changed = {}
    if _has_single_context_activity(statement):
        changed["context"] = _context_as_lists(values["context"])
    timestamp = statement.get("timestamp")
    if timestamp and rules.converts_timestamps_to_utc:
        utc = in_utc(timestamp)
        if utc != timestamp:
            changed["timestamp"] = dump_json(utc)
    return changed


def _has_single_context_activity(statement: Mapping[str, Any]) -> bool:
    groups = statement.get("context", {}).get("contextActivities", {})
    return any(not isinstance(group, list) for group in groups.values())


def _context_as_lists(context: bytes) -> bytes:
    """Return the text of a context in which every contextActivities value is a list (xAPI 1.0.3 Data 2.4.6.2)."""
    parts = split_object(context)
    groups = split_object(parts["contextActivities"])
    lists = {key: text if text.startswith(b"[") else b"[" + text + b"]" for key, text in groups.items()}
    return _join({**parts, "contextActivities": _join(lists)})


def _join(values: Mapping[str, bytes]) -> bytes:
    return b"{" + b",".join(dump_json(key) + b":" + text for key, text in values.items()) + b"}"


def repeated_ids(ids: Iterable[str]) -> list[str]:
    """Return the ids (lower case) that stand more than once among these."""
    counted = Counter(name.lower() for name in ids)
    return sorted(name for name, times in counted.items() if times > 1)
