"""Refusals that need no body: they go out as soon as the head of a request is there, and end the connection.

The application answers such a request as any other, so its errors have one shape; it only gets no body. Bodies are
collected by waitress (on disk beyond 128 KiB) before a thread is occupied, within limits of size, time and room.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest

from lrs.config import Settings
from lrs.errors import LrsError, PayloadTooLargeError, RequestTimeoutError, ServiceUnavailableError
from lrs.resources.alternate import METHOD, PREFIX
from scripts.web_server.answers import ErrorAnswer

SMALL_BYTES = 64 * 1024
WINDOW_S = 20
SLOWEST_BYTES_PER_S = 8 * 1024
LONGEST_CHUNK_LINE = 8 * 1024
HELD_BODIES = 4
"""The bodies that a process holds at any time have room for so many of the largest size."""


class Room:
    """How many bytes of bodies this process holds, in memory and on disk."""

    def __init__(self, most_bytes: int) -> None:
        self._most, self._held = most_bytes, 0
        self._lock = threading.Lock()

    def take(self, size: int) -> bool:
        """Count more bytes; return whether there was room for them."""
        with self._lock:
            self._held += size
            return self._held <= self._most

    def give_back(self, size: int) -> None:
        """Count bytes that are not held any more."""
        with self._lock:
            self._held -= size


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """The largest body, the largest in several parts, and the room for all bodies of the process."""

    whole: int
    in_parts: int
    room: Room

    @classmethod
    def from_settings(cls, settings: Settings) -> BodyLimits:
        """Return the limits that the settings set."""
        largest = max(settings.max_body_bytes, settings.max_multipart_bytes)
        return cls(settings.max_body_bytes, settings.max_multipart_bytes, Room(HELD_BODIES * largest))


class RequestParser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Reads one request; leaves its body out where the answer does not depend on it."""

    command, path = "", ""
    refusal: LrsError | None = None
    ends_early = False
    arrived = 0.0

    def __init__(self, limits: BodyLimits, adjustments: Adjustments) -> None:
        super().__init__(adjustments)
        self._limits = limits
        self._held = 0
        self._window_began, self._received, self._received_before = time.monotonic(), 0, 0

    def received(self, data: bytes) -> int:
        """Take bytes of the connection; return how many belong to this request."""
        consumed = int(super().received(data))
        self._received += consumed
        if self.body_rcv is not None and self.error is None:
            self._check_body(self.body_rcv)
        if not self.completed and self._is_too_slow():
            self._refuse(RequestTimeoutError("The request arrives too slowly; send it again without pauses."))
        return len(data) if self.ends_early else consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head; leave the body out if it is too large, or large and without a credential."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of what parses the address, such as http://[::1
            raise ParsingError(str(error)) from error
        if self.body_rcv is None:
            self.expect_continue = False
        elif self.content_length > self._largest():
            self._refuse_as_too_large()
        elif self._lacks_credential():
            self._end_early()  # and the application says 401, or whatever else is right

    def close(self) -> None:
        """Give the body's room back."""
        super().close()
        held, self._held = self._held, 0
        self._limits.room.give_back(held)

    def _largest(self) -> int:
        in_parts = self.headers.get("CONTENT_TYPE", "").lower().startswith("multipart/")
        return self._limits.in_parts if in_parts else self._limits.whole

    def _lacks_credential(self) -> bool:
        """Return whether there is no credential, nor a form that may hold one, and the body is large."""
        if "AUTHORIZATION" in self.headers or not (self.chunked or self.content_length > SMALL_BYTES):
            return False
        is_form = self.command == "POST" and self.path.startswith(PREFIX) and METHOD in self.query
        return not is_form

    def _check_body(self, body: Any) -> None:
        added, self._held = self.body_bytes_received - self._held, self.body_bytes_received
        if self.chunked and len(body.control_line) + len(body.trailer) > LONGEST_CHUNK_LINE:
            self.error, self.completed = BadRequest("A line between the chunks is too long"), True
        elif not self._limits.room.take(added):
            self._refuse(ServiceUnavailableError("Too many large requests at once; send it again shortly."))
        elif self.body_bytes_received > self._largest():  # known only now, since it is chunked
            self._refuse_as_too_large()

    def _is_too_slow(self) -> bool:
        now = time.monotonic()
        if now - self._window_began < WINDOW_S:
            return False
        added = self._received - self._received_before
        self._window_began, self._received_before = now, self._received
        return added < WINDOW_S * SLOWEST_BYTES_PER_S

    def _refuse_as_too_large(self) -> None:
        self._refuse(
            PayloadTooLargeError(f"The body is larger than {self._largest()} bytes; send less at once.")
        )

    def _refuse(self, refusal: LrsError) -> None:
        self.refusal = refusal
        if not self.command:  # the application cannot answer what has no head
            self.error = ErrorAnswer(refusal)
        self._end_early()

    def _end_early(self) -> None:
        """Call the request complete without its body, and close the connection after the answer."""
        self.close()
        self.body_rcv, self.chunked, self.content_length = None, False, 0
        self.expect_continue = False
        self.headers["CONNECTION"] = "close"
        self.ends_early = self.completed = True
