"""The folder of an embedded server: who may read it, who holds it, and the space kept for a full disk."""

from __future__ import annotations

import fcntl
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import IO

from lrs.errors import ConfigurationError

PRIVATE_UMASK = 0o077
PRIVATE_FOLDER = 0o700
RESERVE_BYTES = 64 * 1024 * 1024
RESERVE_SHARE = 10
"""The reserve is a tenth of the disk at most, and kept only while the disk has twice as much free beside it."""


class EmbeddedServerError(ConfigurationError):
    """The embedded database server cannot be started or went away."""

    code = "embedded_server"


class DataFolder:
    """The data folder: only its owner may enter it. `take` it before the others are used, `give_back` at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock_file: IO[str] | None = None
        self.database = path / "database"
        self.log = path / "database.log"
        self._reserve = path / "reserve"
        self._replaced = path / "database.replaced"

    def take(self) -> None:
        """Make the folder and hold it; raise EmbeddedServerError if it cannot be written or another holds it."""
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._path.chmod(PRIVATE_FOLDER)
            self._settle_replacement()
            self.database.mkdir(PRIVATE_FOLDER, exist_ok=True)
            lock_file = (self._path / "lock").open("w")
        except OSError as error:
            raise EmbeddedServerError(
                f"The data folder {self._path} cannot be written ({error.strerror}). "
                "Make it writable, or set LEARNERPRISE_DATA to another folder."
            ) from error
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            lock_file.close()
            raise EmbeddedServerError(
                f"The data folder {self._path} is in use by another Learnerprise. "
                "Stop that one, or set LEARNERPRISE_DATA to another folder."
            ) from error
        self._lock_file = lock_file

    def give_back(self) -> None:
        """Let others take the folder."""
        if self._lock_file:
            (self._path / "uri").unlink(missing_ok=True)
            self._lock_file.close()
            self._lock_file = None

    def write(self, name: str, text: str) -> None:
        """Write a file that only the owner may read."""
        new = self._path / f"{name}.new"
        new.unlink(missing_ok=True)
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path / name)

    def _settle_replacement(self) -> None:
        """Go on where a process was killed that replaced the files: back to the old ones, or on with the new."""
        if self._replaced.exists():
            if self.database.exists():
                shutil.rmtree(self._replaced)
            else:
                self._replaced.rename(self.database)

    def use_instead(self, database: Path) -> None:
        """Put the files of another database in the place of those there are, which are removed."""
        self.database.rename(self._replaced)
        database.rename(self.database)
        shutil.rmtree(self._replaced)

    @property
    def password(self) -> str:
        """The password of the server's user; empty before there is one."""
        with suppress(FileNotFoundError):
            return (self._path / "password").read_text()
        return ""

    def uri_of_its_owner(self) -> str | None:
        """Return the URI that the process that holds the folder left here; None if nobody holds it."""
        try:
            uri = (self._path / "uri").read_text().strip()
            with (self._path / "lock").open("r+") as lock_file:
                fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return uri
        except OSError:
            pass
        return None  # the file was left behind by a process that was killed

    def keep_reserve(self) -> None:
        """Set space aside, while there is enough, without which a server could not start on a full disk."""
        if self._reserve.exists():
            return
        disk = shutil.disk_usage(self._path)
        size = min(RESERVE_BYTES, disk.total // RESERVE_SHARE)
        if disk.free > 3 * size:
            with suppress(OSError), self._reserve.open("wb") as file:
                os.posix_fallocate(file.fileno(), 0, size)

    def give_up_reserve(self) -> bool:
        """Give the space back to the disk; return whether there was any."""
        with suppress(FileNotFoundError):
            self._reserve.unlink()
            return True
        return False
