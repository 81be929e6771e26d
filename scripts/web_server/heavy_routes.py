"""Which requests are large: they read or bring much, whatever comes of it, and so have turns of their own."""

from __future__ import annotations

import re
from typing import Protocol
from urllib.parse import unquote

BATCH_BYTES = 64 * 1024
"""A larger body is work for itself."""

STATEMENTS = "/xapi/statements"
ALWAYS = ("/recommendations/outcomes", "/recommendations/experiments", "/privacy/retention")
LISTS = ("/recommendations/catalogue/nuggets", "/recommendations/learners")
"""Heavy unless they are asked for one entry."""

_LARGE_PAGE = re.compile(r"(?:^|&)(?:(?:related_agents|related_activities|attachments)=[^f]|more=)")
_ONE = re.compile(r"(?:^|&)(?:activity|agent)=")
_FORM_THAT_READS = re.compile(r"(?:^|&)method=(?:GET|HEAD)", re.IGNORECASE)


class Request(Protocol):
    """What is known of a request that has arrived."""

    command: str
    path: str
    query: str
    body_bytes_received: int


def is_heavy(request: Request) -> bool:
    """Return whether a request reads so much that only a few of its kind may be answered at once."""
    path, query = _plain_path(request.path), _plain(request.query)
    if request.command == "POST":  # what a form asks for is not read here
        return path.endswith(STATEMENTS) and bool(_FORM_THAT_READS.search(query))
    if request.command not in ("GET", "HEAD"):
        return False
    if path.endswith(STATEMENTS):
        return bool(_LARGE_PAGE.search(query))
    return path.endswith(ALWAYS) or (path.endswith(LISTS) and not _ONE.search(query))


def is_batch(request: Request) -> bool:
    """Return whether a request brings so much that storing it takes a while."""
    return request.body_bytes_received > BATCH_BYTES


def _plain(text: str) -> str:
    return unquote(text) if "%" in text else text


def _plain_path(path: str) -> str:
    """Return a path as the application reads it: doubled slashes count once."""
    return re.sub("/+", "/", path) if "//" in path else path
