"""Requests as they arrive: the application is asked when the head is there, and the body received only if it counts.

Where the answer does not depend on the body it goes out at once and ends the connection. Bodies are collected by
waitress (on disk beyond 128 KiB) before a thread is occupied, within limits of size, time and room.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from copy import copy
from dataclasses import dataclass
from typing import Any

from waitress.adjustments import Adjustments
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.utilities import BadRequest

from lrs.config import Settings
from lrs.errors import LrsError, PayloadTooLargeError, RequestTimeoutError, ServiceUnavailableError
from lrs.resources.alternate import METHOD
from lrs.resources.bodies import SMALL_BYTES, AwaitedBody, BodyWanted
from scripts.web_server.answers import ErrorAnswer

WINDOW_S = 20
MARK_EVERY_S = 1.0
SLOWEST_BYTES_PER_S = 8 * 1024
ARRIVES_WITHIN_S = 3600
LONGEST_CHUNK_LINE = 8 * 1024
HELD_BODIES = 4
"""The bodies that a process holds at any time have room for so many of the largest size."""
HELD_IN_MEMORY_BYTES = 64 * 1024 * 1024
"""While a process holds more than this, further bodies are collected on disk, small ones too."""
LITTLE_BYTES = 8 * 1024


class Room:
    """How many bytes of bodies this process holds, in memory and on disk; no holder has more than half of it.

    A holder is a credential, or an address as long as no credential is known.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._held: Counter[str] = Counter()
        self._sum = 0
        self._lock = threading.Lock()

    def take(self, holder: str, size: int) -> bool:
        """Count more bytes; return whether there was room for them."""
        with self._lock:
            self._sum += size
            self._held[holder] += size
            return self._sum <= self._most and self._held[holder] <= self._most // 2

    def give_back(self, holder: str, size: int) -> None:
        """Count bytes that are not held any more."""
        with self._lock:
            self._sum -= size
            self._held[holder] -= size
            if not self._held[holder]:
                del self._held[holder]

    def is_filling(self) -> bool:
        """Tell whether more should not be held in memory."""
        return self._sum > HELD_IN_MEMORY_BYTES


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


class Pace:
    """Tells whether bytes come too slowly: too few in any `WINDOW_S` seconds, or in too long a time altogether."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._received = 0
        self._marks = deque([(self._began, 0)])

    def is_too_slow(self, added: int) -> bool:
        """Count bytes that have come just now."""
        now = time.monotonic()
        self._received += added
        if now - self._marks[-1][0] >= MARK_EVERY_S:
            self._marks.append((now, self._received))
        while len(self._marks) > 1 and now - self._marks[1][0] >= WINDOW_S:
            self._marks.popleft()
        since, before = self._marks[0]
        too_few = self._received - before < WINDOW_S * SLOWEST_BYTES_PER_S
        return (too_few and now - since >= WINDOW_S) or now - self._began > ARRIVES_WITHIN_S


class RequestParser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """Reads one request."""

    command, path, query = "", "", ""
    refusal: LrsError | None = None
    ends_early = False
    """The answer ends the connection, since not all of the request was received."""
    arrived = 0.0
    asked = False
    whole: RequestParser | None = None
    """Of a head alone: the request that is received if its body is wanted."""
    input: AwaitedBody | None = None
    expect_continue: bool

    def __init__(self, limits: BodyLimits, adjustments: Adjustments, address: str = "") -> None:
        super().__init__(adjustments)
        self._limits = limits
        self._holder, self._held = address, 0
        self._largest = 0
        self._pace = Pace()
        self._expects = False

    def received(self, data: bytes) -> int:
        """Take bytes of the connection; return how many belong to this request."""
        consumed = int(super().received(data))
        if self.body_rcv is not None and self.error is None:
            self._check_body(self.body_rcv)
        if not self.completed and self._pace.is_too_slow(consumed):
            self._refuse(RequestTimeoutError("The request arrives too slowly; send it again without pauses."))
        return len(data) if self.ends_early else consumed

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head."""
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # of what parses the address, such as http://[::1
            raise ParsingError(str(error)) from error
        in_parts = self.headers.get("CONTENT_TYPE", "").lower().startswith("multipart/")
        self._largest = self._limits.in_parts if in_parts else self._limits.whole
        self._expects = bool(self.expect_continue) and self.body_rcv is not None
        self.expect_continue = self._expects and self._may_be_form()
        if self.body_rcv is not None and self._limits.room.is_filling():
            self.body_rcv.getbuf().overflow = LITTLE_BYTES

    def asks_now(self) -> bool:
        """Tell whether it is time to ask the application whether it wants the body.

        A form of the alternate request syntax may have the credential in its first bytes. A small body comes with its
        head or soon after: it is not worth a question.
        """
        if self.asked or self.completed or self.body_rcv is None:
            return False
        if self._may_be_form():
            return bool(self.body_bytes_received >= SMALL_BYTES)
        return self.chunked or self._expects or self.content_length > SMALL_BYTES

    def head_alone(self) -> RequestParser:
        """Return this request without its body, to be answered where the answer does not depend on it."""
        alone = copy(self)
        alone.headers = dict(self.headers)
        alone.whole, alone.input = self, AwaitedBody(self._beginning_of_form())
        alone._held = 0
        alone._end_early()
        self.asked = True
        return alone

    def go_on(self, wanted: BodyWanted) -> None:
        """Receive the body."""
        room, received = self._limits.room, self._held
        room.give_back(self._holder, received)
        self._holder = wanted.holder or self._holder
        room.take(self._holder, received)
        self._largest = self._largest if wanted.limit is None else wanted.limit
        self._pace = Pace()
        self.expect_continue = self._expects and not self._may_be_form()

    def get_body_stream(self) -> Any:
        """Return the body as a file."""
        return self.input or super().get_body_stream()

    def close(self) -> None:
        """Give the body's room back."""
        super().close()
        held, self._held = self._held, 0
        self._limits.room.give_back(self._holder, held)

    def _may_be_form(self) -> bool:
        return self.command == "POST" and METHOD in self.query

    def _beginning_of_form(self) -> bytes:
        assert self.body_rcv is not None
        return bytes(self.body_rcv.getbuf().get(SMALL_BYTES)) if self._may_be_form() else b""

    def _check_body(self, body: Any) -> None:
        added, self._held = self.body_bytes_received - self._held, self.body_bytes_received
        if self.chunked and len(body.control_line) + len(body.trailer) > LONGEST_CHUNK_LINE:
            self.error, self.completed = BadRequest("A line between the chunks is too long"), True
        elif not self._limits.room.take(self._holder, added):
            self._refuse(ServiceUnavailableError("Too many large requests at once; send it again shortly."))
        elif len(body) > self._largest:  # known only now, since it is chunked
            self._refuse(
                PayloadTooLargeError(f"The body is larger than {self._largest} bytes; send less at once.")
            )

    def _refuse(self, refusal: LrsError) -> None:
        self.refusal = refusal
        if not self.command:  # the application cannot answer what has no head
            self.error = ErrorAnswer(refusal)
        self.close()
        self._end_early()

    def _end_early(self) -> None:
        """Call the request complete without its body, and close the connection after the answer."""
        self.body_rcv, self.chunked, self.content_length = None, False, 0
        self.expect_continue = False
        self.headers["CONNECTION"] = "close"
        self.ends_early = self.completed = True
