"""Cross-origin requests: which pages may call the services, and what they may send and see."""

from __future__ import annotations

import re

from flask import Flask
from flask_cors import CORS

from lrs.errors import ConfigurationError

PATHS = (r"/xapi/.*", r"/recommendations/.*")
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS")
SENT = (
    "Accept-Language",
    "Authorization",
    "Content-Encoding",
    "Content-Type",
    "If-Match",
    "If-None-Match",
    "X-Experience-API-Version",
)
SEEN = (
    "Content-Type",
    "ETag",
    "Last-Modified",
    "Retry-After",
    "X-Experience-API-Consistent-Through",
    "X-Experience-API-Version",
)
ANY, NONE = "*", "none"
PREFLIGHT_KEPT_S = 3600
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")


def register_cors(app: Flask, origins: str) -> None:
    """Put the headers of cross-origin requests on the answers to such; OPTIONS needs no version and no credential."""
    allowed = read_origins(origins)
    if allowed:
        CORS(
            app,
            resources=list(PATHS),
            origins=allowed,
            methods=list(METHODS),
            allow_headers=list(SENT),
            expose_headers=list(SEEN),
            max_age=PREFLIGHT_KEPT_S,
            send_wildcard=True,
            always_send=False,
            supports_credentials=False,
        )


def read_origins(text: str) -> list[str | re.Pattern[str]]:
    """Return the origins of the setting, none for `none`; raise ConfigurationError for what is no origin."""
    words = [word.strip().rstrip("/") for word in text.split(",") if word.strip()]
    if words in ([ANY], [NONE]):
        return [ANY] if words == [ANY] else []
    for word in words:
        if not _ORIGIN.fullmatch(word):
            raise ConfigurationError(
                f"LEARNERPRISE_CORS_ORIGINS names {word!r}, which is no origin; set some such as "
                "https://lms.example.org (comma-separated), * for any, or none."
            )
    return [re.compile(rf"{re.escape(word)}\Z", re.IGNORECASE) for word in words]
