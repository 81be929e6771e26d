"""What providers say of themselves (OpenID Connect Discovery 4): read once for all who sign in, kept while away."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lrs.auth.openid.fetching import ProviderError, fetch_description
from lrs.auth.openid.key_sets import FRESH_S, KEPT_S, PAUSE_S, WAIT_S

Description = Mapping[str, Any]


@dataclass(slots=True)
class _Held:
    """The description of one provider; `reading` is locked by the thread that reads it."""

    reading: threading.Lock = field(default_factory=threading.Lock)
    described: Description | None = None
    read: float = float("-inf")
    tried: float = float("-inf")
    fault: str = "it is being asked just now"


class Descriptions:
    """The descriptions of all providers: anybody may begin to sign in, and must not make us ask each time."""

    def __init__(
        self,
        fetch: Callable[[str], Description] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._fetch = fetch or fetch_description
        self._clock = clock
        self._held: dict[str, _Held] = {}

    def of(self, issuer: str) -> Description:
        """Return the description of a provider; raise ProviderError."""
        held = self._held.setdefault(issuer, _Held())
        # Whoever comes while it is read uses the one before; the first ones wait, but not for long.
        wait = 0.0 if held.described else WAIT_S
        if self._clock() - held.read > FRESH_S and held.reading.acquire(timeout=wait):
            try:
                self._read_again(issuer, held)
            finally:
                held.reading.release()
        if held.described is None or self._clock() - held.read > KEPT_S:
            raise ProviderError(held.fault)
        return held.described

    def _read_again(self, issuer: str, held: _Held) -> None:
        """Read a description unless another thread has just done so, or tried to."""
        now = self._clock()
        if now - held.read <= FRESH_S or now - held.tried < PAUSE_S:
            return
        held.tried = now
        try:
            held.described = self._fetch(issuer)
            held.read = self._clock()
        except ProviderError as error:
            held.fault = str(error)
