"""JSON Pointers (RFC 6901): what stands at a place of a Statement, as a cell of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pages.tables import Value
from schemas.json_text import dump_json


def value_at(said: Any, pointer: str) -> Value:
    """Return what stands at a pointer: texts and numbers as they are, the rest as JSON; None where nothing is."""
    for step in pointer.split("/")[1:]:
        name = step.replace("~1", "/").replace("~0", "~")
        if isinstance(said, Mapping) and name in said:
            said = said[name]
        elif isinstance(said, list) and name in map(str, range(len(said))):
            said = said[int(name)]
        else:
            return None
    is_plain = isinstance(said, (str, int, float)) and not isinstance(said, bool)
    return said if is_plain else dump_json(said).decode()
