"""What is sent to a pseudonymous store: people stand in it under pseudonyms before anything else is done with it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from lrs.auth.pseudonyms import HOME_PAGE
from lrs.errors import RequestRefusedError
from lrs.statements.attachments import Declaration, SentAttachment, declarations_of
from lrs.statements.lifecycle import SentStatement
from lrs.statements.pseudonyms import SIGNATURE, Rewriting, rewrite_any, without_names
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json
from schemas.tables import change_cells


@dataclass(frozen=True)
class Hiding:
    """Puts pseudonyms in the place of people in all that one store is sent."""

    pseudonym_of: Callable[[str], str]

    @cached_property
    def _kept(self) -> Rewriting:
        return Rewriting(self.pseudonym_of, home_page=HOME_PAGE)

    @cached_property
    def _asked(self) -> Rewriting:
        return Rewriting(self.pseudonym_of, home_page=HOME_PAGE, reads_texts=True)

    def statements(self, batch: Sequence[SentStatement]) -> list[SentStatement]:
        """Return Statements to store; raise RequestRefusedError for a signed one, or one that brings a file."""
        for declared in declarations_of([item for item in batch if b'"attachments"' in item.text]):
            _require_no_file(declared)
        return [self._statement(item) for item in batch]

    def _statement(self, item: SentStatement) -> SentStatement:
        text = without_names(item.payload, self._kept.rewrite(item.text), self.pseudonym_of)
        changed = SentStatement(parse_json(text), text)
        return changed.packed() if item.parsed is None else changed

    def document(self, body: bytes) -> bytes:
        """Return a document to store; raise RequestRefusedError for one that is no text."""
        try:
            body.decode()
        except UnicodeDecodeError as error:
            raise RequestRefusedError(
                f"Byte {error.start} of the document is not UTF-8, and a pseudonymous store keeps only texts, in which "
                "people can be found; send JSON or text."
            ) from error
        changed = rewrite_any(self._kept, body)
        try:
            return without_names(parse_json(body), changed, self.pseudonym_of)
        except InvalidInputError:
            return changed

    def parameter(self, value: str) -> str:
        """Return a parameter of a request."""
        return self._asked.text(value)

    def json(self, body: bytes) -> bytes:
        """Return a JSON body about people; one that is not JSON is left to be refused."""
        try:
            value = parse_json(body)
        except InvalidInputError:
            return body
        return without_names(value, self._asked.rewrite(body.strip()), self.pseudonym_of)

    def table(self, body: bytes) -> bytes:
        """Return a CSV about people."""
        return change_cells(body, self._asked.text)


def _require_no_file(declared: Declaration) -> None:
    if declared.attachment.get("usageType") == SIGNATURE:
        raise RequestRefusedError(
            "A signature holds the Statement as it was, with the people in it; send it to a pseudonymous store without "
            "one.",
            path=declared.path,
        )
    if "fileUrl" not in declared.attachment:
        raise _file_refusal(declared.path)


def refuse_files(attachments: Iterable[SentAttachment]) -> Iterator[SentAttachment]:
    """Raise RequestRefusedError at the first attachment that comes along."""
    for _ in attachments:
        raise _file_refusal("attachments")
    yield from ()


def _file_refusal(path: str) -> RequestRefusedError:
    return RequestRefusedError(
        "A pseudonymous store takes no attachments, as people cannot be found in files; send a fileUrl instead.",
        path=path,
    )
