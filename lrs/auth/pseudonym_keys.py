"""The keys that pseudonyms are made with: each a file that only its owner may read, apart from the data."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from lrs.errors import RequestRefusedError

KEY_BYTES = 32


def read_key(path: Path) -> bytes:
    """Return the key in a file; raise RequestRefusedError where there is none."""
    try:
        key = bytes.fromhex(path.read_text().strip())
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be read: {error.strerror}.") from error
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise RequestRefusedError(f"{path} holds no key: {KEY_BYTES} bytes as hexadecimal digits are needed.")
    return key


def new_key() -> bytes:
    """Return a random key."""
    return secrets.token_bytes(KEY_BYTES)


def write_key(path: Path, key: bytes, *, makes_folder: bool = False) -> None:
    """Write a key into a new file that is on the disk when this returns; raise RequestRefusedError."""
    try:
        if makes_folder:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600, exist_ok=False)
        with path.open("w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise RequestRefusedError(f"{path} cannot be written: {error.strerror}.") from error
