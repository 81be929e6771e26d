"""Fetches JSON documents of a provider: bounded in time and bytes, without redirects."""

from __future__ import annotations

import base64
import time
from collections.abc import Mapping
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote_plus, urlencode
from urllib.request import (
    BaseHandler,
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

from lrs.auth.providers import is_local, require_address
from lrs.errors import RequestRefusedError
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json, require_few_values

WITHIN_S = 5.0
MOST_BYTES = 256 * 1024
PART_BYTES = 64 * 1024
DESCRIPTION = "/.well-known/openid-configuration"
HEADERS = {"Accept": "application/json", "User-Agent": "Learnerprise"}


class ProviderError(Exception):
    """A document of a provider could not be fetched, or does not say what it must."""


def fetch_object(address: str) -> Mapping[str, Any]:
    """Return the JSON object at an address; raise ProviderError."""
    return _answered_object(address, None, HEADERS)


def fetch_description(issuer: str) -> Mapping[str, Any]:
    """Return what a provider says of itself; raise ProviderError, also where it names another issuer."""
    described = fetch_object(issuer.rstrip("/") + DESCRIPTION)
    if described.get("issuer") != issuer:
        raise ProviderError(f"{issuer} describes itself as {described.get('issuer')!r}")
    return described


def post_form(address: str, form: Mapping[str, str], user: tuple[str, str] | None) -> Mapping[str, Any]:
    """Return the JSON object that answers a form, sent with a name and password if given; raise ProviderError."""
    headers = dict(HEADERS)
    if user is not None:
        pair = ":".join(map(quote_plus, user))  # RFC 6749 2.3.1
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    return _answered_object(address, urlencode(form).encode(), headers)


def _answered_object(address: str, body: bytes | None, headers: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        require_address("address", address, takes_query=True)
        value = parse_json(_fetch(Request(address, body, dict(headers))))
    except (RequestRefusedError, InvalidInputError) as error:
        raise ProviderError(f"{address}: {error.message}") from error
    if not isinstance(value, dict):
        raise ProviderError(f"{address} answers JSON that is not an object")
    return value


def _fetch(request: Request) -> bytes:
    """Return the body. The time is bounded for each part that arrives, and for all of them together."""
    deadline, address = time.monotonic() + WITHIN_S, request.full_url
    try:
        with _opener(address).open(request, timeout=WITHIN_S) as answer:
            body = _read(answer, address, deadline)
    except HTTPError as error:
        with error:
            raise ProviderError(f"{address} answers {error.code}") from error
    except (OSError, HTTPException) as error:
        raise ProviderError(f"{address} does not answer ({error})") from error
    require_few_values(body)
    return body


def _read(answer: HTTPResponse, address: str, deadline: float) -> bytes:
    body = bytearray()
    while part := answer.read1(PART_BYTES):
        body += part
        if len(body) > MOST_BYTES:
            raise ProviderError(f"{address} answers more than {MOST_BYTES} bytes")
        if time.monotonic() > deadline:
            raise ProviderError(f"{address} takes longer than {WITHIN_S:.0f} s to answer")
    return bytes(body)


def _opener(address: str) -> OpenerDirector:
    """Return what opens http and https alone, and follows no redirect; through a proxy where one is set."""
    opener = OpenerDirector()
    proxies: list[BaseHandler] = [] if is_local(address) else [ProxyHandler()]
    for handler in (*proxies, HTTPHandler(), HTTPSHandler(), HTTPDefaultErrorHandler(), HTTPErrorProcessor()):
        opener.add_handler(handler)
    return opener
