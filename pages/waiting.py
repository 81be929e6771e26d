"""Pages wait for the database a few seconds in all: a slow one is said soon, and does not keep people waiting."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import ExitStack

from flask import Flask, Response, g, request

from lrs.storage.database import within

LONGEST_S = 4.0


def limit_waiting(app: Flask, blueprints: Collection[str]) -> None:
    """Limit what the views of some blueprints wait; what they stream afterwards is not limited."""

    @app.before_request
    def begin() -> None:
        if request.blueprint in blueprints:
            g.waiting = ExitStack()
            g.waiting.enter_context(within(LONGEST_S))

    @app.after_request
    def answered(response: Response) -> Response:
        end()
        return response

    @app.teardown_request
    def end(_: BaseException | None = None) -> None:
        if "waiting" in g:
            g.waiting.close()
