"""Exports what is held of a person as a zip: a file of JSON lines for each collection, attachments, and a page to read.

Other people are named in it only where the person addressed them (`lrs.privacy.others`).
"""

from __future__ import annotations

import errno
import time
import zipfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from lrs.auth.stores import Store
from lrs.errors import InsufficientStorageError, RequestRefusedError, ServiceUnavailableError
from lrs.privacy.declarations import STATEMENTS, person_of, personal
from lrs.privacy.erasing import Holdings, known_person, require_not_erased
from lrs.privacy.export_page import render_page
from lrs.privacy.others import Others, addressed_in, is_by, shown
from lrs.storage.attachments import AttachmentsRepository
from lrs.storage.database import Database
from lrs.storage.personal_data import PersonalData
from lrs.storage.statements.erase import StatementErasures
from lrs.storage.stored_time import now_us
from lrs.storage.stores import list_credential_rows
from schemas.json_text import dump_json, parse_json
from schemas.timestamps import format_timestamp

FORMAT = "learnerprise-person-export/1"
NEWEST_SHOWN = 500
FULL = (errno.ENOSPC, errno.EDQUOT)
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Exported:
    """A finished export: where it is, how many entries it has by section, and how many others it does not name."""

    path: Path
    counts: Mapping[str, int]
    files: int
    others: int


@dataclass(frozen=True, slots=True)
class _Section:
    """A file of the export: what is in it, why it is held, for how long, and the JSON texts."""

    name: str
    why: str
    kept: str
    texts: Iterable[bytes]


def export_person(
    database: Database,
    store: Store,
    identifier: str,
    holdings: Holdings,
    target: Path | BinaryIO,
    tell: Tell = lambda line: None,
) -> Exported:
    """Write what is held of a person into a zip: an open file, or one at a path, which appears once it is whole.

    Raise NotFoundError for somebody unknown or erased meanwhile, ServiceUnavailableError for one who was joined or
    parted meanwhile, InsufficientStorageError where there is no room, RequestRefusedError for a file that cannot be
    written.
    """
    if isinstance(target, Path):
        part = target.with_name(f".{target.name}.part")
        part.unlink(missing_ok=True)  # of a command that was killed
    export = _Export(database, store, identifier, holdings, tell)
    try:
        return _write_at(target, part, export) if isinstance(target, Path) else _write_into(target, export)
    except OSError as error:
        export.require_whole()  # an attachment may have been erased
        if error.errno in FULL:
            raise InsufficientStorageError(
                "There is no room on the disk to write the export; make some."
            ) from error
        name = target if isinstance(target, Path) else "The export"
        raise RequestRefusedError(f"{name} cannot be written: {error.strerror or error}.") from error


def _write_at(path: Path, part: Path, export: _Export) -> Exported:
    try:
        with part.open("wb") as opened:
            found = _write_into(opened, export)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    return replace(found, path=path)


def _write_into(target: BinaryIO, export: _Export) -> Exported:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as out:
        found = export.write(out)
    export.require_whole()
    return found


class _Export:
    """One export: writes section after section, and keeps what the page and the manifest say of them."""

    def __init__(
        self, database: Database, store: Store, identifier: str, holdings: Holdings, tell: Tell
    ) -> None:
        self._began = now_us()
        self._database, self._store = database, store
        self._person = person = known_person(database, store.id, identifier, holdings)
        self._holdings, self._tell = holdings, tell
        addressed, self._hashes = self._look_through_own()
        tools = {row.key for row in list_credential_rows(database, store.id)}
        self._others = Others(person, addressed, tools)
        self._newest: deque[dict[str, Any]] = deque(maxlen=NEWEST_SHOWN)
        self.require_whole()

    def require_whole(self) -> None:
        """Raise NotFoundError if the person is being erased, ServiceUnavailableError if joined or parted meanwhile."""
        require_not_erased(self._database, self._person, self._began)
        identifiers = self._person.identifiers
        now = person_of(self._database, self._store.id, identifiers[0])
        if set(now.identifiers) != set(identifiers):
            raise ServiceUnavailableError(
                "This person was joined or parted meanwhile; ask for the export again."
            )

    def write(self, out: zipfile.ZipFile) -> Exported:
        sections = [self._write_section(out, one) for one in self._sections()]
        files = list(self._write_files(out))
        made = format_timestamp(time.time_ns() // 1000)
        facts = {
            "format": FORMAT,
            "store": self._store.name,
            "made": made,
            "person": {"identifiers": list(self._person.identifiers), "names": list(self._person.names)},
            "sections": sections,
            "files": files,
            "others_not_named": len(self._others),
        }
        out.writestr("manifest.json", dump_json(facts))
        names = [*self._person.names, *map(shown, self._person.identifiers)]
        newest = sorted(self._newest, key=lambda one: str(one.get("timestamp", "")), reverse=True)
        out.writestr("index.html", render_page(self._store.name, made, names, sections, files, newest))
        counts = {one["section"]: one["count"] for one in sections}
        return Exported(Path(), counts, len(files), len(self._others))

    def _look_through_own(self) -> tuple[set[str], set[str]]:
        """Return whom the person addressed, and the attachments of the person's own Statements."""
        addressed: set[str] = set()
        hashes: set[str] = set()
        for one in self._statements():
            statement = parse_json(one.text)
            if is_by(statement, self._person):
                addressed |= addressed_in(statement)
                hashes |= set(one.attachments)
        return addressed, hashes

    def _statements(self) -> Iterator[Any]:
        statements = StatementErasures(self._database, self._store.id)
        return statements.iterate_named("related_agents", self._person.identifiers)

    def _sections(self) -> Iterator[_Section]:
        for one in personal(self._holdings.declarations):
            texts = self._own_texts() if one.collection == STATEMENTS else self._texts(one)
            yield _Section(one.collection, one.why, one.kept, texts)
        for name, (why, rows) in self._holdings.inferred(self._database, self._person).items():
            yield _Section(name, why, "made when it is asked for", map(self._others.row, rows))

    def _own_texts(self) -> Iterator[bytes]:
        for one in self._statements():
            text = self._others.statement(one.text)
            self._newest.append(parse_json(text))
            yield text

    def _texts(self, declared: PersonalData) -> Iterator[bytes]:
        return map(self._others.row, declared.export(self._database, self._person))

    def _write_section(self, out: zipfile.ZipFile, section: _Section) -> dict[str, Any]:
        count, file = 0, f"{section.name}.ndjson"
        with out.open(file, "w", force_zip64=True) as lines:
            for text in section.texts:
                lines.write(text.replace(b"\n", b" ") + b"\n")  # outside strings: JSON has none inside
                count += 1
        self._tell(f"{section.name}: {count}")
        return {
            "section": section.name,
            "file": file,
            "count": count,
            "why": section.why,
            "kept": section.kept,
        }

    def _write_files(self, out: zipfile.ZipFile) -> Iterator[str]:
        """Write the attachments of the person's own Statements; yield their names in the zip."""
        files = AttachmentsRepository(self._database, self._store.id)
        for sha2, file in sorted(files.find_files(sorted(self._hashes)).items()):
            name = f"files/{sha2}"
            with out.open(name, "w", force_zip64=True) as target:
                for chunk in files.read_chunks(file):
                    target.write(chunk)
            yield name
