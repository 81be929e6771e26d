"""Content codings (RFC 9110 8.4): bodies are decoded as they are read, answers encoded for clients that ask for it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Mapping
from typing import IO, Protocol

import zstandard
from flask import Flask, Response, request
from werkzeug.datastructures import Headers

from lrs.errors import RequestRefusedError, UnsupportedContentEncodingError
from lrs.resources.multipart import Readable

BLOCK_BYTES = 64 * 1024
SLICE_BYTES = 256  # what is decoded at once: four bytes of zstd can stand for 128 KiB
LARGEST_WINDOW_BYTES = 8 * 1024 * 1024  # RFC 9659
SMALLEST_BYTES = 1024
FAST = 1
GZIP_WINDOW, ZLIB_WINDOW, RAW_WINDOW = 31, 15, -15
RULE = "RFC 9110 8.4"
ALIASES = {"x-gzip": "gzip"}
IDENTITY = frozenset({"", "identity"})
_TEXT = re.compile(r"text/|application/(?:[a-z0-9.+-]+\+)?(?:json|xml|javascript)\Z")


class Decoder(Protocol):
    """Decodes one stream of a coding; `eof` is set once it has ended, `unused_data` holds the bytes after it."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""

    @property
    def unused_data(self) -> bytes:
        """The bytes after the end of the stream."""

    def decompress(self, data: memoryview, /) -> bytes:
        """Return the decoded bytes of a piece."""


def _inflate(first: memoryview) -> Decoder:
    """Return a decoder of `deflate`: with the frame of zlib, or without it, as some clients send it."""
    has_frame = first[0] & 15 == zlib.DEFLATED and int.from_bytes(first[:2], "big") % 31 == 0
    return zlib.decompressobj(ZLIB_WINDOW if has_frame else RAW_WINDOW)


_DECODERS: Mapping[str, Callable[[memoryview], Decoder]] = {
    "gzip": lambda _: zlib.decompressobj(GZIP_WINDOW),
    "deflate": _inflate,
    "zstd": lambda _: zstandard.ZstdDecompressor(max_window_size=LARGEST_WINDOW_BYTES).decompressobj(),
}
_ENCODERS: Mapping[str, Callable[[bytes], bytes]] = {
    # A compressor for each answer: two threads that use the same one at once end the process.
    "zstd": lambda body: zstandard.ZstdCompressor(level=FAST).compress(body),
    "gzip": lambda body: _deflated(body, GZIP_WINDOW),
    "deflate": lambda body: _deflated(body, ZLIB_WINDOW),
}
ACCEPTED = ", ".join(_DECODERS)
_SUFFIX = re.compile(f"-(?:{'|'.join(_ENCODERS)})\\Z")


def _deflated(body: bytes, window: int) -> bytes:
    encoder = zlib.compressobj(FAST, zlib.DEFLATED, window)
    return encoder.compress(body) + encoder.flush()


def is_encoded(headers: Headers) -> bool:
    """Return whether a body comes in a content coding."""
    return headers.get("Content-Encoding", "").strip().lower() not in IDENTITY


def decoded(stream: IO[bytes], headers: Headers) -> Readable:
    """Return the body without its content coding; raise UnsupportedContentEncodingError for one not read here."""
    if not is_encoded(headers):
        return stream
    name = headers["Content-Encoding"].strip().lower()
    decoder = _DECODERS.get(ALIASES.get(name, name))
    if decoder is None:
        raise UnsupportedContentEncodingError(
            f"Content-Encoding {name!r} is not read here; send one of {ACCEPTED}, or the body as it is.",
            rule=RULE,
        )
    return DecodedBody(stream, name, decoder)


class DecodedBody:
    """Decodes a body little by little, so that no more than is asked for is ever held."""

    def __init__(self, stream: Readable, coding: str, new_decoder: Callable[[memoryview], Decoder]) -> None:
        self._stream = stream
        self._coding = coding
        self._new_decoder = new_decoder
        self._decoder: Decoder | None = None
        self._sent, self._buffer = memoryview(b""), b""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes, none at the end; raise RequestRefusedError where the coding is broken."""
        while not self._buffer and self._fill_sent():
            self._buffer = self._decode_slice()
        found, self._buffer = self._buffer[:size], self._buffer[size:]
        return found

    def _fill_sent(self) -> bool:
        if not self._sent:
            self._sent = memoryview(self._stream.read(BLOCK_BYTES))
        if not self._sent and self._decoder is not None:
            raise self._refusal("it ends in the middle")
        return bool(self._sent)

    def _decode_slice(self) -> bytes:
        piece, self._sent = self._sent[:SLICE_BYTES], self._sent[SLICE_BYTES:]
        if self._decoder is None:
            self._decoder = self._new_decoder(piece)
        try:
            found = self._decoder.decompress(piece)
        except (zlib.error, zstandard.ZstdError) as error:
            raise self._refusal(str(error)) from error
        if self._decoder.eof:
            self._sent, self._decoder = memoryview(self._decoder.unused_data + bytes(self._sent)), None
        return found

    def _refusal(self, reason: str) -> RequestRefusedError:
        message = f"The body is not {self._coding} as its Content-Encoding says ({reason}); send it whole."
        return RequestRefusedError(message, rule=RULE)


def register_encodings(app: Flask) -> None:
    """Encode text answers above a minimum size, for clients whose Accept-Encoding asks for it."""

    @app.after_request
    def encode(response: Response) -> Response:
        if not _is_worth_it(response):
            return response
        response.vary.add("Accept-Encoding")
        if coding := _requested_coding():
            _encode(response, coding)
        return response


def _is_worth_it(response: Response) -> bool:
    if response.is_streamed or response.status_code != 200 or "Content-Encoding" in response.headers:
        return False
    return (response.content_length or 0) >= SMALLEST_BYTES and bool(_TEXT.match(response.mimetype or ""))


def _requested_coding() -> str | None:
    """Return the coding that the client likes best, the fastest of equals; `*` says only that nothing is refused."""
    qualities = {name.lower(): quality for name, quality in request.accept_encodings}
    best = max(_ENCODERS, key=lambda name: qualities.get(name, 0))
    return best if 0 < qualities.get(best, 0) >= qualities.get("identity", 0) else None


def _encode(response: Response, coding: str) -> None:
    response.set_data(_ENCODERS[coding](response.get_data()))
    response.headers["Content-Encoding"] = coding
    etag, is_weak = response.get_etag()
    if etag is not None:
        response.set_etag(f"{etag}-{coding}", weak=bool(is_weak))


def plain_etag(etag: str | None) -> str:
    """Return the ETag of a content, given that of an answer, which names its coding (xAPI 1.0.3 Communication 3.1)."""
    return _SUFFIX.sub("", etag or "")
