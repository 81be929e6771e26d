"""Request addresses behind proxies, below a path prefix, and with doubled slashes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from lrs.config import PREFIX_PATTERN

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile("/{2,}")


class ServedPaths:
    """WSGI middleware: moves the prefix from the path to where links are made from, and joins doubled slashes.

    A proxy may pass the prefix of the settings on or cut it off; a client may join an endpoint that ends in a slash
    and a path that begins with one. A prefix that a header names is for links only: cut off the path, it would let a
    request for one path be answered as another, which a proxy's rules for paths do not foresee.
    """

    def __init__(self, application: WSGIApplication, prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if "//" in path:
            path = environ["PATH_INFO"] = _SLASHES.sub("/", path)
        prefix = self._prefix
        if prefix and (path == prefix or path.startswith(f"{prefix}/")):
            environ["PATH_INFO"] = path[len(prefix) :]
        environ["SCRIPT_NAME"] = prefix or _prefix_in(environ.get("SCRIPT_NAME", ""))
        return self._application(environ, start_response)


def _prefix_in(text: str) -> str:
    """Return a prefix as a proxy named it, without a slash at its end; empty if it is none."""
    prefix = text.rstrip("/")
    return prefix if re.fullmatch(PREFIX_PATTERN, prefix) else ""


def register_paths(app: Flask, prefix: str, trusted_proxies: int) -> None:
    """Tell the application its own address; middleware registered later sees the address as it was requested."""
    app.wsgi_app = ServedPaths(app.wsgi_app, prefix)  # type: ignore[method-assign]
    if trusted_proxies:
        hops = dict.fromkeys(("x_for", "x_proto", "x_host", "x_port", "x_prefix"), trusted_proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **hops)  # type: ignore[method-assign]


def link(path: str) -> str:
    """Return a path of this service as a client reaches it: below the prefix, where there is one."""
    return f"{request.script_root}{path}"
