"""The tables of figures to take away, beside the pages that show them."""

from __future__ import annotations

from collections.abc import Collection

from flask import Response, abort

from pages.insights.tables import table_of
from pages.insights.windows import answer, asked_window
from pages.tables import as_csv, as_json

WRITERS = {"csv": as_csv, "json": as_json}


def download(name: str, form: str, by: tuple[str, ...], figures: Collection[str]) -> Response:
    """Return a figure of a page, as CSV or JSON, in the window of the address; 404 for one the page does not show."""
    if name not in figures or form not in WRITERS:
        abort(404)
    return WRITERS[form](table_of(answer(name, asked_window(), by)))
