"""The limit of anything over HTTP: a Flask application that reads the body and answers nothing."""

from __future__ import annotations

from flask import Flask, Response, request


def create_app() -> Flask:
    """Build an application of one empty view under every address."""
    app = Flask("empty")

    @app.get("/health/ready")
    def get_ready() -> Response:
        return Response()

    @app.route("/<path:_path>", methods=["GET", "POST"])
    def read_and_forget(_path: str) -> Response:
        request.get_data(cache=False)
        return Response(status=204)

    return app
