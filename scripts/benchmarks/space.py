"""How much room a Statement takes: bytes on disk and bytes of its indexes, beside the bytes of its text."""

from __future__ import annotations

from pathlib import Path

from lrs.storage.database import Database
from scripts.benchmarks.report import Row, Target, compare

ON_DISK, OF_INDEXES, INDEXES = Target("<=", 3), Target("<=", 1.5), Target("<=", 9, of="ours")
JOURNAL = "WiredTigerLog"


def bytes_on_disk(database: Database, folder: Path) -> int:
    """Return what the embedded server's files take on the disk, without its journal, which has a fixed size."""
    database.client.admin.command("fsync")
    files = [file for file in (folder / "database").rglob("*") if not file.name.startswith(JOURNAL)]
    return sum(file.stat().st_blocks * 512 for file in files if file.is_file())


def space_rows(database: Database, statements: int, text_bytes: int, on_disk: int | None) -> list[Row]:
    """Build the rows of a store of its own database; `on_disk` where the server cannot tell it itself."""
    told = database.client[database.db.name].command("collStats", "statements")
    used = told["storageSize"] + told["totalIndexSize"] if on_disk is None else on_disk
    stored = f"{statements:,} stored"
    return [
        compare(f"bytes on disk per Statement, {stored}", used / statements, text_bytes, "bytes", ON_DISK),
        compare(
            f"index bytes per Statement, {stored}",
            told["totalIndexSize"] / statements,
            text_bytes,
            "bytes",
            OF_INDEXES,
        ),
        compare("indexes of the Statements", told["nindexes"], None, "indexes", INDEXES),
    ]
