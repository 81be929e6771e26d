"""What LRS tests share: Statements to send, a handle that stores and finds them, a service in this process."""

from __future__ import annotations

import hashlib
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from lrs.auth.credentials import Credential, check_credential, create_credential
from lrs.auth.stores import Store
from lrs.config import Settings
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from lrs.storage.statements import sweeping
from schemas.timestamps import parse_timestamp

STATEMENTS = "/xapi/statements"
CONSISTENT_THROUGH = "X-Experience-API-Consistent-Through"
Statement = dict[str, Any]


@dataclass
class Lrs:
    """One credential at work: stores Statements, finds them, in the terms a test thinks in."""

    client: Any
    version: str = "1.0.3"

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Experience-API-Version": self.version}

    def post(self, payload: Any, **kwargs: Any) -> requests.Response:
        return self.send("POST", json=payload, **kwargs)

    def put(self, payload: Any, statement_id: str, **kwargs: Any) -> requests.Response:
        return self.send("PUT", json=payload, params={"statementId": statement_id}, **kwargs)

    def get(self, **query: Any) -> requests.Response:
        return self.send("GET", params=query)

    def send(self, method: str, **kwargs: Any) -> requests.Response:
        headers = {**self.headers, **kwargs.pop("headers", {})}
        return self.client.request(method, STATEMENTS, headers=headers, **kwargs)

    def send_text(self, text: Any, content_type: str = "application/json") -> requests.Response:
        return self.send("POST", data=text, headers={"Content-Type": content_type})

    def put_text(self, text: str | bytes) -> requests.Response:
        query = {"statementId": str(uuid.uuid4())}
        return self.send("PUT", data=text, params=query, headers={"Content-Type": "application/json"})

    def store(self, *statements: Statement) -> list[str]:
        """Store Statements one by one, each with its own `stored`; return their ids."""
        return [self.store_batch([statement])[0] for statement in statements]

    def store_batch(self, batch: list[Statement]) -> list[str]:
        answer = self.post(batch)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def find(self, **query: Any) -> list[Statement]:
        """Return all Statements that match, through all pages."""
        return [statement for page in self.pages(**query) for statement in page["statements"]]

    def pages(self, **query: Any) -> Iterator[dict[str, Any]]:
        page = self.page(params=query)
        yield page
        while page["more"]:
            page = self.page(path=page["more"])
            yield page

    def page(self, path: str = STATEMENTS, **kwargs: Any) -> dict[str, Any]:
        answer = self.client.get(path, headers=self.headers, **kwargs)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def ids(self, **query: Any) -> list[str]:
        return [statement["id"] for statement in self.find(**query)]

    def one(self, statement_id: str, **query: Any) -> Statement:
        answer = self.get(statementId=statement_id, **query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def state(self, statement_id: str) -> tuple[int, int]:
        """Return the statuses of asking for a Statement as it is, and as a voided one."""
        asked = [self.get(**{name: statement_id}) for name in ("statementId", "voidedStatementId")]
        return asked[0].status_code, asked[1].status_code

    def consistent_through(self) -> int:
        return parse_timestamp(self.get(limit=1).headers[CONSISTENT_THROUGH])

    def settle(self) -> None:
        """Wait until what is stored now is visible to ascending readers."""
        wanted, deadline = time.time_ns() // 1000, time.monotonic() + 30
        while self.consistent_through() < wanted and time.monotonic() < deadline:
            time.sleep(0.02)


@pytest.fixture
def lrs(client: Any) -> Lrs:
    """All scopes in the test's store, xAPI 1.0.3."""
    return Lrs(client)


@pytest.fixture
def lrs2(client: Any) -> Lrs:
    """The same by the rules of xAPI 2.0."""
    return Lrs(client, "2.0.0")


@pytest.fixture
def make_lrs(make_client: Callable[..., Any]) -> Callable[..., Lrs]:
    """Make handles of other scopes, or of another store."""
    return lambda *scopes, of=None: Lrs(make_client(*scopes, of=of))


@pytest.fixture
def make_statement() -> Callable[..., Statement]:
    """Make a Statement with an id of its own and, under dotted names, whatever else a test wants."""

    def make(**properties: Any) -> Statement:
        statement = {
            "id": str(uuid.uuid4()),
            "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "https://example.org/verbs/read"},
            "object": {"id": "https://example.org/nuggets/1"},
            **properties,
        }
        return {key: value for key, value in statement.items() if value is not None}

    return make


@pytest.fixture
def statements(make_statement: Callable[..., Statement]) -> Callable[[int], list[Statement]]:
    """Make as many distinct Statements as asked for."""
    return lambda count: [
        make_statement(object={"id": f"https://example.org/nuggets/{number}"}) for number in range(count)
    ]


@pytest.fixture
def make_group() -> Callable[..., dict[str, Any]]:
    """Make an anonymous Group of so many members."""

    def make(size: int, name: str = "member") -> dict[str, Any]:
        members = [{"mbox": f"mailto:{name}{number}@example.org"} for number in range(size)]
        return {"objectType": "Group", "member": members}

    return make


@pytest.fixture
def refer() -> Callable[[str], dict[str, str]]:
    return lambda statement_id: {"objectType": "StatementRef", "id": statement_id}


@pytest.fixture
def make_void(make_statement: Any, refer: Any) -> Callable[..., Statement]:
    """Make a Statement that voids another."""
    verb = {"id": "http://adlnet.gov/expapi/verbs/voided"}
    return lambda target, **properties: make_statement(verb=verb, object=refer(target), **properties)


@pytest.fixture
def credential(database: Database, store: Store) -> Credential:
    return check_credential(database, *create_credential(database, store, "test"))


@pytest.fixture(scope="session")
def service(database: Database) -> Iterator[StatementService]:
    """The Statement service in this very process, beside those of the web server; it sweeps once."""
    running = StatementService(database, Settings())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweeping, "EVERY_S", threading.TIMEOUT_MAX)
        running.start()
        yield running
        running.stop()


@pytest.fixture
def assert_refused() -> Callable[..., dict[str, Any]]:
    """Check the one error shape and give its body."""

    def check(answer: requests.Response, status: int) -> dict[str, Any]:
        assert answer.status_code == status, answer.text[:500]
        assert answer.headers["Content-Type"] == "application/json"
        body = json.loads(answer.content)
        assert sorted(body) == ["code", "message", "path", "rule"]
        assert all(isinstance(value, str) for value in body.values())
        assert body["code"] and body["message"]
        return body

    return check


@pytest.fixture
def make_attachment() -> Callable[..., dict[str, Any]]:
    """Make what a Statement declares of a content."""

    def make(content: bytes, algorithm: str = "sha256", **properties: Any) -> dict[str, Any]:
        attachment = {
            "usageType": "https://example.org/usages/evidence",
            "display": {"en": "Evidence"},
            "contentType": "application/x-evidence",
            "length": len(content),
            "sha2": hashlib.new(algorithm, content).hexdigest(),
            **properties,
        }
        return {key: value for key, value in attachment.items() if value is not None}

    return make


@dataclass
class Multipart:
    """A multipart/mixed body in the making: first the Statements, then what `add` adds."""

    statements: Any
    boundary: str = "=_A+b'(c)/d:e?f.g"
    newline: bytes = b"\r\n"

    def __post_init__(self) -> None:
        self.parts = [({"Content-Type": "application/json"}, json.dumps(self.statements).encode())]

    def add(self, content: bytes, sha2: str | None = None, **changes: str | None) -> Multipart:
        headers = {
            "Content-Type": "application/x-evidence",
            "Content-Transfer-Encoding": "binary",
            "X-Experience-API-Hash": sha2 or hashlib.sha256(content).hexdigest(),
            **{name.replace("_", "-"): value for name, value in changes.items()},
        }
        self.parts.append(({name: value for name, value in headers.items() if value is not None}, content))
        return self

    @property
    def content_type(self) -> str:
        return f'multipart/mixed; boundary="{self.boundary}"'

    def body(self) -> bytes:
        line, dashed = self.newline, b"--" + self.boundary.encode()
        written = b""
        for headers, content in self.parts:
            head = b"".join(f"{name}: {value}".encode() + line for name, value in headers.items())
            written += dashed + line + head + line + content + line
        return written + dashed + b"--" + line


@pytest.fixture
def multipart() -> type[Multipart]:
    return Multipart


@pytest.fixture
def send_multipart() -> Callable[..., requests.Response]:
    """Send a multipart body, by default as POST."""

    def send(lrs: Lrs, message: Multipart, method: str = "POST", **kwargs: Any) -> requests.Response:
        headers = {"Content-Type": message.content_type}
        return lrs.send(method, data=message.body(), headers=headers, **kwargs)

    return send


@pytest.fixture
def parts_of() -> Callable[[requests.Response], list[tuple[dict[str, str], bytes]]]:
    """Cut a multipart answer: the headers and the bytes of each part."""

    def cut(answer: requests.Response) -> list[tuple[dict[str, str], bytes]]:
        assert answer.status_code == 200, answer.text[:500]
        kind, _, boundary = answer.headers["Content-Type"].partition("; boundary=")
        assert kind == "multipart/mixed"
        first, *pieces, last = (b"\r\n" + answer.content).split(b"\r\n--" + boundary.encode())
        assert (first, last) == (b"", b"--\r\n")
        halves = [piece.removeprefix(b"\r\n").split(b"\r\n\r\n", 1) for piece in pieces]
        lines = [[line.split(": ", 1) for line in head.decode().split("\r\n")] for head, _ in halves]
        return [(dict(pairs), content) for pairs, (_, content) in zip(lines, halves, strict=True)]

    return cut


@pytest.fixture
def kept_bytes(database: Database) -> Callable[[Store], dict[str, int]]:
    """Count what GridFS holds for a store."""
    names = ("attachments.files", "attachments.chunks", "attachment_uploads")
    return lambda store: {name: database.collection(name, store.id).count({}) for name in names}
