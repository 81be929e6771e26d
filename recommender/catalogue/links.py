"""Checks whether the addresses of nuggets lead anywhere: one HEAD each, slowly, and never into the own network.

Names are resolved once and the connection goes to that very address, so that a name cannot point inside a moment later.
Redirects are not followed.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Callable, Iterable
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, quote, urlsplit

from lrs.storage.database import Database, StoreId
from recommender.catalogue.nuggets import Nugget
from recommender.storage.link_checks import LinkCheck, iterate_checks, write_check

WITHIN_S = 10.0
PORTS = {"http": 80, "https": 443}
GONE = frozenset({404, 410})
FAILED = 500
UNESCAPED = "/%:@!$&'()*+,;=~-._?"
Target = tuple[str, int]


class NotCheckedError(Exception):
    """The address is none of a public place, so nothing is sent there."""


def public_target(host: str, port: int) -> Target:
    """Return where a host is found; raise NotCheckedError unless all of its addresses are public ones."""
    found = [str(one[4][0]) for one in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if port not in PORTS.values() or not all(map(_is_public, found)):
        raise NotCheckedError(host)
    return found[0], port


def check_links(
    database: Database,
    store: StoreId,
    nuggets: Iterable[Nugget],
    pause_s: float,
    target_of: Callable[[str, int], Target] = public_target,
) -> int:
    """Check these nuggets, one after the other, with a pause between two requests to one host; return how many."""
    before = {one.activity: one for one in iterate_checks(database, store)}
    asked: dict[str, float] = {}
    count = 0
    for nugget in nuggets:
        address = address_of(nugget)
        host = urlsplit(address).hostname or ""
        time.sleep(max(0.0, asked.get(host, 0.0) + pause_s - time.monotonic()))
        answer, failed = _ask(address, target_of)
        asked[host] = time.monotonic()
        if answer:
            is_again = nugget.id in before and before[nugget.id].failed
            is_dead = failed and (is_again or answer in map(str, GONE))
            at = time.time_ns() // 1000
            write_check(database, store, LinkCheck(nugget.id, address, answer, failed, is_dead, at))
            count += 1
    return count


def longest_unchecked(
    database: Database, store: StoreId, nuggets: Iterable[Nugget], limit: int
) -> list[Nugget]:
    """Return those of some nuggets that can be checked and were not for the longest time."""
    times = {one.activity: one.at for one in iterate_checks(database, store)}
    known = [one for one in nuggets if address_of(one)]
    return sorted(known, key=lambda one: times.get(one.id, 0))[:limit]


def address_of(nugget: Nugget) -> str:
    """Return the address at which a nugget is opened; empty where it has none of the web."""
    return next((one for one in (nugget.url, nugget.id) if _split(one)), "")


def _ask(address: str, target_of: Callable[[str, int], Target]) -> tuple[str, bool]:
    """Return what an address answers, and whether it leads nowhere; nothing where it is not asked."""
    parts = _split(address)
    if parts is None or not parts.hostname:
        return "", False
    try:
        status = _head(parts, target_of(parts.hostname, parts.port or PORTS[parts.scheme]))
    except NotCheckedError:
        return "", False
    except (OSError, HTTPException, UnicodeError) as error:
        return type(error).__name__, True
    return str(status), status in GONE or status >= FAILED


def _head(parts: SplitResult, target: Target) -> int:
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=WITHIN_S)
    with closing(connection):
        connection.sock = socket.create_connection(target, WITHIN_S)
        if parts.scheme == "https":
            context = ssl.create_default_context()
            connection.sock = context.wrap_socket(connection.sock, server_hostname=parts.hostname)
        query = f"?{parts.query}" if parts.query else ""
        path = quote((parts.path or "/") + query, safe=UNESCAPED)
        connection.request("HEAD", path, headers={"User-Agent": "Learnerprise (checks links)"})
        return connection.getresponse().status


def _split(address: str) -> SplitResult | None:
    """Return the parts of an address of the web; None for any other."""
    try:
        parts = urlsplit(address)
        is_plain = address.isprintable() and " " not in address and "@" not in parts.netloc
        return parts if parts.scheme in PORTS and parts.hostname and is_plain and parts.port != 0 else None
    except ValueError:
        return None


def _is_public(text: str) -> bool:
    found = ip_address(text)
    if isinstance(found, IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast
