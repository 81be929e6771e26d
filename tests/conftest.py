"""Real parts for all tests: a database server over the wire, a WSGI server over HTTP, a store of one's own."""

from __future__ import annotations

import email.policy
import json
import os
import shutil
import signal
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes
from multiprocessing.util import Finalize
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import requests

from lrs.auth.credentials import create_credential
from lrs.auth.stores import Store, create_store
from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import EmbeddedServer
from lrs.storage.records import create_indexes

hypothesis.settings.register_profile(
    "any_machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any_machine")


IN_MEMORY = Path("/dev/shm")
LEAST_ROOM = 8 * 2**30
AFTER_EVERYTHING = -1000
LIST_ROUTES = """
import json
from recommender.app import create_app
rules = create_app().url_map.iter_rules()
print(json.dumps([[rule.rule, sorted(rule.methods)] for rule in rules]))
"""


def pytest_configure(config: pytest.Config) -> None:
    """Take SIGINT also where a shell started the suite in the background, which lets all of it ignore that signal.

    Keep what tests write in memory where there is enough: a disk that is slow for a minute makes every durable write
    of the suite wait, and with it each test that judges by time.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not hasattr(config, "workerinput") and config.option.basetemp is None and _memory_has_room():
        folder = tempfile.mkdtemp(prefix="learnerprise-tests-", dir=IN_MEMORY)
        Finalize(None, shutil.rmtree, (folder, True), exitpriority=AFTER_EVERYTHING)
        os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = tempfile.tempdir = folder


def _memory_has_room() -> bool:
    return IN_MEMORY.is_dir() and shutil.disk_usage(IN_MEMORY).free >= LEAST_ROOM


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, and say so, what only a real MongoDB can answer."""
    if not os.environ.get("MONGODB_URI"):
        reason = "only a real MongoDB can answer this; name one in MONGODB_URI"
        for item in items:
            if item.get_closest_marker("real_mongodb"):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="session")
def database_uri(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database of this test process: on the server MONGODB_URI names, or on an embedded one."""
    named = os.environ.get("MONGODB_URI", "")
    server = None if named else EmbeddedServer(tmp_path_factory.mktemp("embedded"), "256M")
    base = named or server.start()
    name = f"learnerprise_test_{uuid.uuid4().hex[:12]}"
    address, _, options = base.partition("?")
    host = "/".join(address.split("/")[:3])
    yield f"{host}/{name}" + (f"?{options}" if options else "")
    if server:
        server.stop()


@pytest.fixture(scope="session")
def database(database_uri: str) -> Iterator[Database]:
    connected = Database.connect(database_uri)
    create_indexes(connected)
    yield connected
    connected.client.drop_database(connected.db.name)
    connected.close()


@pytest.fixture
def store(database: Database) -> Store:
    """A store that no other test knows."""
    return create_store(database, f"store-{uuid.uuid4().hex}")


@pytest.fixture
def other_store(database: Database) -> Store:
    """A second store, whose credentials must see nothing of the first."""
    return create_store(database, f"store-{uuid.uuid4().hex}")


@dataclass
class Client:
    """An HTTP client of one credential against a real server."""

    url: str
    auth: tuple[str, str]
    session: requests.Session = field(default_factory=requests.Session)

    def request(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        headers = {"X-Experience-API-Version": "1.0.3", **kwargs.pop("headers", {})}
        headers = {name: value for name, value in headers.items() if value is not None}
        auth = kwargs.pop("auth", self.auth)
        return self.session.request(method, self.url + path, headers=headers, auth=auth, timeout=60, **kwargs)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self.request("GET", path, **kwargs)

    def post(self, path: str, **kwargs: Any) -> requests.Response:
        return self.request("POST", path, **kwargs)

    def put(self, path: str, **kwargs: Any) -> requests.Response:
        return self.request("PUT", path, **kwargs)


@pytest.fixture(scope="session")
def routes(database_uri: str, database: object) -> list[tuple[str, list[str]]]:
    """Every route of the whole application with its methods, as the application itself lists them."""
    environment = {**os.environ, "MONGODB_URI": database_uri, "LEARNERPRISE_LOG_LEVEL": "ERROR"}
    listed = subprocess.run(
        [sys.executable, "-c", LIST_ROUTES], env=environment, capture_output=True, check=True, timeout=60
    )
    return [(path.replace("<path:filename>", "x"), methods) for path, methods in json.loads(listed.stdout)]


class MailSink:
    """A mail server that keeps what it is sent: the recipient and the text of each mail."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str]] = []
        sink = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 ready\r\n")
                recipient = ""
                while line := self.rfile.readline().decode().strip():
                    if line.upper().startswith("RCPT TO:"):
                        recipient = line.partition("<")[2].partition(">")[0]
                    if line.upper() != "DATA":
                        self.wfile.write(b"221 bye\r\n" if line.upper() == "QUIT" else b"250 fine\r\n")
                        continue
                    self.wfile.write(b"354 go on\r\n")
                    text = b"".join(iter(self.rfile.readline, b".\r\n"))
                    sent = message_from_bytes(text, policy=email.policy.default)
                    sink.mails.append((recipient, str(sent.get_content())))
                    self.wfile.write(b"250 kept\r\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"smtp://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def find(self, recipient: str, within_s: float = 10) -> list[str]:
        """Return the texts sent to an address; waits until there is one."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            if found := [text for who, text in self.mails if who == recipient]:
                return found
            time.sleep(0.02)
        return []


@pytest.fixture(scope="session")
def mail_sink() -> Iterator[MailSink]:
    """The mail server of the session's web server."""
    sink = MailSink()
    yield sink
    sink.server.shutdown()
    sink.server.server_close()


@pytest.fixture(scope="session")
def server_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file that the web server of this test process writes its log to."""
    return tmp_path_factory.mktemp("server") / "server.log"


@pytest.fixture(scope="session")
def pseudonym_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the keys of pseudonymous stores."""
    return tmp_path_factory.mktemp("keys")


@pytest.fixture(scope="session")
def server_url(
    database_uri: str, database: Database, mail_sink: MailSink, server_log: Path, pseudonym_keys: Path
) -> Iterator[str]:
    """A web server as production runs it: two worker processes."""
    log = server_log
    environment = {
        **os.environ,
        "MONGODB_URI": database_uri,
        "LEARNERPRISE_PSEUDONYM_KEYS": str(pseudonym_keys),
        "LEARNERPRISE_PORT": "0",
        "LEARNERPRISE_WORKERS": "2",
        "LEARNERPRISE_MAX_BODY_BYTES": str(2 * 1024 * 1024),
        "LEARNERPRISE_MAX_STATEMENT_BYTES": str(512 * 1024),
        "LEARNERPRISE_MAX_ATTACHMENT_BYTES": str(40 * 1024 * 1024),
        "LEARNERPRISE_MAX_DOCUMENT_BYTES": str(256 * 1024),
        "LEARNERPRISE_SMTP_URL": mail_sink.url,
        "LEARNERPRISE_MAX_FAILED_SIGN_INS": "0",  # all tests come from one address
        "RECOMMENDER_COUNTED_APART": "0",  # tests look at figures right after they have changed them
        "RECOMMENDER_EXPLORATION": "0",  # what is drawn by the hour would change lists that tests know
    }
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "scripts.serve"], env=environment, stdout=out, stderr=subprocess.STDOUT
        )
    try:
        yield _announced_url(process, log)
    finally:
        process.terminate()
        process.wait(60)


def _announced_url(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text().splitlines():
            if line.startswith("Serving at "):
                return line.removeprefix("Serving at ").strip()
        time.sleep(0.05)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")


@pytest.fixture
def make_client(server_url: str, database: Database, store: Store) -> Iterator[Callable[..., Client]]:
    """Make HTTP clients with scopes of one's choice, for the test's store or another."""
    made: list[Client] = []

    def make(*scopes: str, of: Store | None = None) -> Client:
        made.append(Client(server_url, create_credential(database, of or store, "test", scopes or ("all",))))
        return made[-1]

    yield make
    for client in made:
        client.session.close()


@pytest.fixture
def client(make_client: Callable[..., Client]) -> Client:
    """An HTTP client that may do everything in the test's store."""
    return make_client()


@pytest.fixture(scope="session")
def shared_data(pytestconfig: pytest.Config) -> Path:
    """The folder of real data, for those who have it."""
    folder = Path(
        os.environ.get("LEARNERPRISE_SHARED_DATA", pytestconfig.rootpath.parent / "shared" / "data")
    )
    if not folder.is_dir():
        pytest.skip(f"no shared data at {folder}")
    return folder
