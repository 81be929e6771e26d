"""Cross-origin requests: which pages may call the services, and what they may send and see."""

from __future__ import annotations

import re

from flask import Flask
from flask_cors import CORS

from lrs.config import Settings
from lrs.errors import ConfigurationError

PATHS = (r"/xapi/.*", r"/recommendations/.*", r"/tokens")
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
_HEADER = re.compile(r"[0-9A-Za-z-]*[0-9A-Za-z]")
_ORIGIN = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]+)?")


def register_cors(app: Flask, settings: Settings) -> None:
    """Put the headers of cross-origin requests on the answers to such; OPTIONS needs no version and no credential."""
    allowed = read_origins(settings.cors_origins)
    with_credentials = settings.cors_credentials == "yes"
    if with_credentials and ANY in allowed:
        raise ConfigurationError(
            "LEARNERPRISE_CORS_CREDENTIALS=yes would let every page use the passwords that browsers know; name the "
            "origins in LEARNERPRISE_CORS_ORIGINS."
        )
    if allowed:
        CORS(
            app,
            resources=list(PATHS),
            origins=allowed,
            methods=list(METHODS),
            allow_headers=read_headers(settings.cors_headers),
            expose_headers=list(SEEN),
            max_age=PREFLIGHT_KEPT_S,
            send_wildcard=not with_credentials,
            always_send=False,
            supports_credentials=with_credentials,
        )


def is_allowed(settings: Settings, origin: str) -> bool:
    """Return whether pages of an origin may call the services."""
    return any(
        allowed == ANY if isinstance(allowed, str) else allowed.match(origin)
        for allowed in read_origins(settings.cors_origins)
    )


def read_headers(text: str) -> list[str]:
    """Return the request headers that may be sent; raise ConfigurationError for an invalid header name."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if words in ([ANY], [NONE]):
        return [ANY] if words == [ANY] else list(SENT)
    for word in words:
        if not _HEADER.fullmatch(word):
            raise ConfigurationError(
                f"LEARNERPRISE_CORS_HEADERS names {word!r}, which is not a header's name; set some such as "
                "X-Requested-With (comma-separated), * for any, or none."
            )
    return [*SENT, *words]


def read_origins(text: str) -> list[str | re.Pattern[str]]:
    """Return the origins of the setting, none for `none`; raise ConfigurationError for an invalid origin."""
    words = [word.strip().rstrip("/") for word in text.split(",") if word.strip()]
    if words in ([ANY], [NONE]):
        return [ANY] if words == [ANY] else []
    for word in words:
        if not _ORIGIN.fullmatch(word):
            raise ConfigurationError(
                f"LEARNERPRISE_CORS_ORIGINS names {word!r}, which is not an origin; set some such as "
                "https://lms.example.org (comma-separated), * for any, or none."
            )
    return [re.compile(rf"{re.escape(word)}\Z", re.IGNORECASE) for word in words]
