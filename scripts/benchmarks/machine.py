"""On what a benchmark ran: the machine and the versions."""

from __future__ import annotations

import os
import platform
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from lrs.storage.database import Database

PACKAGES = (
    "flask",
    "waitress",
    "pymongo",
    "mongoengine",
    "jsonschema-rs",
    "jiter",
    "orjson",
    "msgspec",
    "lightfm-next",
    "numpy",
    "scipy",
    "secantusdb",
)


def describe_machine() -> dict[str, Any]:
    """Return processor, cores that this process may use, memory, operating system, Python."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": _cpu_model(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30, 1),
        "os": platform.platform(),
        "python": platform.python_version(),
    }


def describe_packages() -> dict[str, str]:
    """Return the version of each package that counts, of those that are installed."""
    installed = {name: _version(name) for name in PACKAGES}
    return {name: version for name, version in installed.items() if version}


def describe_database(database: Database, embedded: bool) -> dict[str, str]:
    """Return the database server's version as it says itself, and which kind it is."""
    told = database.client.admin.command("buildInfo")
    return {"kind": "embedded" if embedded else "named by MONGODB_URI", "version": str(told["version"])}


def _cpu_model() -> str:
    try:
        found = re.search(r"^model name\s*: (.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
