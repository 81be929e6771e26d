"""Signing in: failures are logged, counted for all processes together, and limited by address.

Secrets have 256 random bits, so no number of tries finds one. The limit bounds what failures cost, and the right secret
is let in from any address: one device with an old key does not lock out the others of its school.
"""

from __future__ import annotations

import logging
import math
import time
from ipaddress import IPv6Address, ip_address

from lrs.auth.credentials import Credential
from lrs.auth.held import HeldCredentials
from lrs.errors import TooManyRequestsError, UnauthorizedError
from lrs.logging import log_event
from lrs.storage.database import Database
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.rate_limits import RateLimitCounters

WINDOW_S = 60
MOST_SHOWN = 64
"""Characters of a key as it was sent that are kept in logs."""
NETWORK_BITS = 64
"""Bits of an IPv6 address that are the same for all addresses of one subscriber."""

_logger = logging.getLogger("lrs.auth")


class SignIns:
    """Lets in those with the right secret; answers an address 429 that failed too often within a minute."""

    def __init__(self, database: Database, held: HeldCredentials, most_failures: int) -> None:
        self._held = held
        self._counters = RateLimitCounters(database)
        self._most = most_failures

    def check(self, key: str, secret: str, address: str) -> Credential:
        """Return the credential if key and secret are right and not revoked.

        Raises UnauthorizedError, TooManyRequestsError.
        """
        try:
            return self._held.check(key, secret)
        except UnauthorizedError:
            self.note_failure(key, address)
            raise

    def note_failure(self, key: str, address: str) -> None:
        """Count a failure of an address; raise TooManyRequestsError beyond the limit."""
        name = f"failed-sign-ins/{network_of(address)}"
        with unavailable_when_unreachable():
            count = self._counters.incr(name, WINDOW_S)
            over = self._most and count > self._most
            left = self._counters.get_expiry(name) - time.time() if over else 0.0
        fields = {"key": key[:MOST_SHOWN], "address": address, "failures": count}
        log_event(_logger, "sign_in_failed", level=logging.WARNING, **fields)
        if over:
            seconds = max(1, math.ceil(left))
            raise TooManyRequestsError(
                f"Signing in from this address failed {count} times within a minute; check what you sign in with, "
                f"and try again in {seconds} s.",
                retry_after_s=seconds,
            )


def network_of(address: str) -> str:
    """Return what failures of an address are counted under: itself, of IPv6 the network of its subscriber."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:MOST_SHOWN]
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped is None:
        host_bits = 128 - NETWORK_BITS
        return str(IPv6Address(int(parsed) >> host_bits << host_bits))
    return str(getattr(parsed, "ipv4_mapped", None) or parsed)
