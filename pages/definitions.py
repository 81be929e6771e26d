"""What every figure means: numerator, denominator, window, floor and kind; figures on pages lead here."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from pages import texts
from pages.insights import cells
from pages.rendering import page
from pages.tables import Column, Table, as_csv, as_json
from pages.visitors import visitor
from recommender.insights.figures import FIGURES, Figure

blueprint = Blueprint("definitions", __name__)
_OPEN = "it says nothing of people"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {(f"/definitions{ending}", "GET"): _OPEN for ending in ("", ".csv", ".json")}
KEYS = (
    "name",
    "title",
    "kind",
    "scope",
    "numerator",
    "denominator",
    "window_days",
    "floor",
    "by",
    "sentence",
)


@blueprint.get("/definitions")
def get_definitions() -> Response:
    """Show the definition of every figure."""
    visitor()
    scopes = {figure.scope: [] for figure in FIGURES.values()}  # type: dict[str, list[Figure]]
    for figure in FIGURES.values():
        scopes[figure.scope].append(figure)
    return page(
        "definitions/definitions.html",
        title=texts.text("definitions.title"),
        groups=scopes,
        heading=cells.heading,
        in_language=texts.language(),
    )


@blueprint.get("/definitions.csv")
def get_csv() -> Response:
    """Return all definitions as CSV."""
    visitor()
    return as_csv(_table())


@blueprint.get("/definitions.json")
def get_json() -> Response:
    """Return all definitions as JSON."""
    visitor()
    return as_json(_table())


def _table() -> Table:
    columns = tuple(Column(key, key.replace("_", " ")) for key in KEYS)
    return Table("definitions", columns, [_row(figure) for figure in FIGURES.values()])


def _row(figure: Figure) -> dict[str, str | int | float | None]:
    chosen = texts.language()
    return {
        "name": figure.name,
        "title": figure.titles[chosen],
        "kind": figure.kind,
        "scope": figure.scope,
        "numerator": figure.numerators[chosen],
        "denominator": figure.denominators.get(chosen, ""),
        "window_days": figure.window_days,
        "floor": figure.floor,
        "by": ", ".join(figure.by),
        "sentence": figure.sentences[chosen],
    }
