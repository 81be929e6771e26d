"""Request addresses behind proxies, below a path prefix, and with doubled slashes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_SLASHES = re.compile("/{2,}")


class ServedPaths:
    """WSGI middleware: moves the prefix from the path to where links are made from, and joins doubled slashes.

    A proxy may pass the prefix on or cut it off; a client may join an endpoint that ends in a slash and a path that
    begins with one.
    """

    def __init__(self, application: WSGIApplication, prefix: str) -> None:
        self._application = application
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        path = environ.get("PATH_INFO", "")
        if "//" in path:
            path = environ["PATH_INFO"] = _SLASHES.sub("/", path)
        prefix = self._prefix or environ.get("SCRIPT_NAME", "").rstrip("/")
        if prefix:
            environ["SCRIPT_NAME"] = prefix
            if path == prefix or path.startswith(f"{prefix}/"):
                environ["PATH_INFO"] = path[len(prefix) :]
        return self._application(environ, start_response)


def register_paths(app: Flask, prefix: str, trusted_proxies: int) -> None:
    """Tell the application its own address; middleware registered later sees the address as it was requested."""
    app.wsgi_app = ServedPaths(app.wsgi_app, prefix)  # type: ignore[method-assign]
    if trusted_proxies:
        hops = dict.fromkeys(("x_for", "x_proto", "x_host", "x_port", "x_prefix"), trusted_proxies)
        app.wsgi_app = ProxyFix(app.wsgi_app, **hops)  # type: ignore[method-assign]


def link(path: str) -> str:
    """Return a path of this service as a client reaches it: below the prefix, where there is one."""
    return f"{request.script_root}{path}"
