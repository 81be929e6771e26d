"""Pages ask first whether the database answers: where it hangs, that is said soon, and keeps nobody waiting.

What a view computes or reads for the first time may take longer, and is not cut off by it.
"""

from __future__ import annotations

from collections.abc import Collection

from flask import Flask, request

from lrs.resources.requests import database

LONGEST_S = 4.0


def limit_waiting(app: Flask, blueprints: Collection[str]) -> None:
    """Let no view of some blueprints begin before the database has answered."""

    @app.before_request
    def require_answer() -> None:
        if request.blueprint in blueprints:
            database().require_answer(LONGEST_S)
