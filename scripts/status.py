"""Show what runs: the web server, the database, its disk, the clock."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass

from lrs.config import MEBIBYTE, Settings
from lrs.errors import LrsError
from lrs.storage.database import Database
from lrs.storage.disk_space import DiskSpace
from lrs.storage.embedded_engine.process import running_uri
from lrs.storage.stored_time import clock_behind_s
from scripts.command import FAILED, command, run
from scripts.options import json_option
from scripts.output import print_json, print_table
from scripts.session import service_settings

WAITS_S = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the service: whether it is as it should be, and what there is to say."""

    part: str
    ok: bool
    says: str


@command(examples=["", "--json"])
@json_option
def main(*, as_json: bool) -> int:
    """Show what runs: the web server, the database, its disk, the clock. Ends with 1 if anything is wrong."""
    settings = service_settings()
    parts = [_web_server(settings), *_database(settings)]
    if as_json:
        print_json([asdict(part) for part in parts])
    else:
        rows = [(part.part, "ok" if part.ok else "NOT OK", part.says) for part in parts]
        print_table(("part", "state", "says"), rows)
    return 0 if all(part.ok for part in parts) else FAILED


def _web_server(settings: Settings) -> Part:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host
    connection = http.client.HTTPConnection(host, settings.port, timeout=WAITS_S)
    try:
        connection.request("GET", "/health/ready")
        answer = json.loads(connection.getresponse().read())
    except (OSError, http.client.HTTPException, ValueError):
        return Part("web server", False, f"no answer at {host}:{settings.port}")
    finally:
        connection.close()
    status = answer.get("status")
    return Part(
        "web server", status == "ready", f"{status or answer.get('message')} at {host}:{settings.port}"
    )


def _database(settings: Settings) -> Iterator[Part]:
    uri = settings.mongodb_uri or running_uri(settings.data_folder)
    if not uri:
        yield Part("database", False, f"no embedded server runs over {settings.data_folder}")
        return
    try:
        database = Database.connect(uri, WAITS_S)
        try:
            yield Part(
                "database", True, f"answers ({'MongoDB' if settings.mongodb_uri else 'embedded server'})"
            )
            yield _disk(database, settings)
            yield _clock(database)
        finally:
            database.close()
    except LrsError as error:
        yield Part("database", False, error.message)


def _disk(database: Database, settings: Settings) -> Part:
    space = DiskSpace(database.engine, settings.data_folder, settings.min_free_mb * MEBIBYTE)
    disk = space.measure()
    if disk is None:
        return Part("disk", True, "the database does not report its disk")
    free, floor = disk.free // MEBIBYTE, space.floor(disk) // MEBIBYTE
    is_low = space.is_low()
    verdict = "writes are refused" if is_low else "writes are accepted"
    return Part("disk", not is_low, f"{free:,} MiB free, {floor:,} must stay free: {verdict}")


def _clock(database: Database) -> Part:
    behind_s = clock_behind_s(database)
    if behind_s:
        return Part("clock", False, f"{behind_s:,.0f} s behind the times assigned to Statements")
    return Part("clock", True, "not behind")


if __name__ == "__main__":
    run(main)
