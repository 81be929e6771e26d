"""What the log and the counters say of a refused request: code, rule and path, and nothing that was in it."""

from __future__ import annotations

import re

from flask import Response, current_app, g

from lrs.resources.openapi import known_words
from lrs.resources.requests import service

UNCOUNTED = (404, 405)
"""Asking for what is not there is no fault: courses look for a State that nobody has written yet."""
HIDDEN = "..."
_PARTS = re.compile(r"\[\d+\]|[^.\[\]]+")
_PLACE = re.compile(r"\[\d+\]|line \d+")


def note_refusal(code: str, rule: str, path: str) -> None:
    """Keep what is said of the refusal until the request is logged."""
    g.refusal = {"code": code, "rule": rule, "error_path": plain_path(path)}


def plain_path(path: str) -> str:
    """Return a path up to the first part that is no word of ours: what clients make up may name a person."""
    kept = ""
    words = known_words(current_app)
    for part in _PARTS.findall(path):
        is_plain = part in words or _PLACE.fullmatch(part)
        joint = "." if kept and not part[0].isdecimal() and not _PLACE.fullmatch(part) else ""
        kept += joint + (part if is_plain else HIDDEN)
        if not is_plain:
            break
    return kept


def count_refusal(response: Response) -> None:
    """Count a refusal for the credential whose key came with the request."""
    if 400 <= response.status_code < 500 and response.status_code not in UNCOUNTED and g.get("key"):
        refusal = g.get("refusal", {"code": "", "rule": ""})
        service().refusals.count(g.key, refusal["code"], refusal["rule"])
