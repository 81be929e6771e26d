"""The model versions of a store: how good each is, which one answers, and what an experiment found."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint, request
from markupsafe import Markup
from werkzeug.wrappers import Response

from lrs.errors import RequestRefusedError
from lrs.resources.requests import database, for_this_client
from lrs.storage.database import StoreId
from pages import texts
from pages.admin.sections import MODELS, admin_page, columns, done, or_told, serve_files
from pages.charts import Chart, Series, Words, lines
from pages.tables import Table
from pages.visitors import form, require
from recommender.api.requests import serving
from recommender.metrics.history import VersionFigures, figures_of
from recommender.models.registry import current_version, list_history, promote, roll_back
from recommender.online.comparison import Comparison, tell_arms
from recommender.online.experiments import end_experiment, start_experiment
from recommender.storage.experiments import find_experiments
from recommender.storage.model_settings import find_model_settings
from recommender.storage.models import ModelManifest
from schemas.outcomes import DAY_US, DEFAULT_WINDOW_DAYS
from schemas.timestamps import format_timestamp

blueprint = Blueprint("admin_models", __name__)
_PATH = "/admin/models"
_FIGURES = "figures of groups, without people"
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {
    **{(f"{_PATH}{kind}", "GET"): _FIGURES for kind in ("", ".csv", ".json")},
    **{(f"{_PATH}/{act}", "POST"): _FIGURES for act in ("promote", "roll-back", "split", "end")},
}
MOST_SHOWN, MOST_DRAWN, MOST_DIGITS = 50, 24, 9


def models_table() -> Table:
    """Return what the evaluation of each version found."""
    rows = [
        {
            "version": one.version,
            "created": format_timestamp(one.created),
            "refresh_of": one.refresh_of,
            "learners": one.learners,
            "ndcg": one.ndcg,
            "popularity_ndcg": one.popularity_ndcg,
            "ratio": one.ratio,
            "coverage": one.coverage,
            "promoted": "yes" if one.is_promoted else "",
        }
        for one in _figures(require(MODELS).store)
    ]
    numbers = ("version", "refresh_of", "learners", "ndcg", "popularity_ndcg", "ratio", "coverage")
    shown = columns("version", "created", *numbers[1:], "promoted", numbers=numbers)
    return Table("models", shown, rows)


serve_files(blueprint, _PATH, models_table)


@blueprint.get(_PATH)
def get_models() -> Response:
    """Show the versions and the newest experiment."""
    return _page(require(MODELS).store)


@blueprint.post(f"{_PATH}/promote")
@form
def post_promote() -> Response:
    """Make a version the one that answers."""
    store = require(MODELS).store
    return _act(store, lambda: promote(database(), store, _number("version")), "promoted")


@blueprint.post(f"{_PATH}/roll-back")
@form
def post_roll_back() -> Response:
    """Go back to the version promoted before."""
    store = require(MODELS).store
    return _act(store, lambda: roll_back(database(), store), "rolled_back")


@blueprint.post(f"{_PATH}/split")
@form
def post_split() -> Response:
    """Begin to compare two versions on live traffic."""
    store = require(MODELS).store

    def split() -> None:
        start_experiment(database(), store, (_number("first"), _number("second")), _number("share"))

    return _act(store, split, "split")


@blueprint.post(f"{_PATH}/end")
@form
def post_end() -> Response:
    """End the experiment, and promote one of its versions if that is wished."""
    store = require(MODELS).store

    def end() -> None:
        end_experiment(database(), store, _number("winner") if request.form.get("winner") else None)

    return _act(store, end, "ended")


def _act(store: StoreId, act: Callable[[], object], what: str) -> Response:
    """Do what a form asks for and lead back to the page."""

    def do() -> Response:
        act()
        return done(_PATH, what)

    return or_told(do, lambda problem, status: _page(store, status, problem=problem, typed=request.form))


def _page(store: StoreId, status: int = 200, **values: object) -> Response:
    manifests, current = list_history(database(), store), current_version(database(), store)
    figures, compared = figures_of(manifests, current), _compared(store)
    usable = [one.version for one in figures if not one.is_deleted]
    return admin_page(
        "admin.models",
        status,
        finding=_finding(figures),
        chart=_chart(figures),
        beside=_beside(manifests, current),
        figures=figures[:MOST_SHOWN],
        usable=usable,
        arms=_arms(usable, current),
        compared=compared,
        runs=compared is not None and compared.experiment.ended is None,
        found_settings=sorted(find_model_settings(database(), store).items()),
        **{"typed": {}, **values},
    )


def _arms(usable: Sequence[int], current: int | None) -> Mapping[str, str]:
    """Return the versions to compare: those chosen, else the promoted one and the newest other."""
    first = current if current in usable else next(iter(usable), None)
    second = next((one for one in usable if one != first), None)
    return {
        name: request.form.get(name) or str(version)
        for name, version in (("first", first), ("second", second))
    }


def _finding(figures: Sequence[VersionFigures]) -> str:
    """Return the sentence above the page: which version answers, and how good it is."""
    if not figures:
        return texts.text("admin.finding_none")
    promoted = next((one for one in figures if one.is_promoted), None)
    if promoted is None:
        return texts.text("admin.finding_unpromoted")
    if promoted.ratio is None:
        return texts.text("admin.finding_answers", version=promoted.version)
    ratio = texts.number(promoted.ratio, 2)
    return texts.text("admin.finding_better", version=promoted.version, ratio=ratio)


def _beside(manifests: Sequence[ModelManifest], current: int | None) -> Sequence[Mapping[str, Any]]:
    """Return what the evaluation of the promoted version measured: itself and the baselines, the best first."""
    promoted = next((one for one in manifests if one.version == current), None)
    if promoted is None or promoted.facts.get("refresh"):
        return ()
    return sorted(promoted.evaluation.get("rows", ()), key=lambda row: -float(row["ndcg"]))


def _chart(figures: Sequence[VersionFigures]) -> Markup | None:
    """Draw how good the versions are that were measured on everything, the oldest first; None for fewer than two."""
    measured = [one for one in figures if one.ndcg and one.popularity_ndcg][:MOST_DRAWN][::-1]
    if len(measured) < 2:
        return None
    sentence = texts.text("admin.chart_models")
    ndcg = tuple(one.ndcg or 0.0 for one in measured)
    popularity = tuple(one.popularity_ndcg or 0.0 for one in measured)
    series = (
        Series("Learnerprise", ndcg),
        Series(texts.text("admin.popularity"), popularity, "other"),
    )
    labels = tuple(str(one.version) for one in measured)
    written = Words(
        lambda value: texts.number(value, 4),
        lambda value: texts.number(value, 2),
        "-",
        "-",
        texts.text("admin.as_table"),
        "",
    )
    return lines(Chart(sentence, sentence, texts.text("admin.column_version"), labels, series, written))


def _figures(store: StoreId) -> list[VersionFigures]:
    return figures_of(list_history(database(), store), current_version(database(), store))


def _compared(store: StoreId) -> Comparison | None:
    """Return the newest experiment with its outcomes, as far as they may be told; None before the first."""
    newest = next(iter(find_experiments(database(), store, 1)), None)
    if newest is None:
        return None
    now, window = time.time_ns() // 1000, DEFAULT_WINDOW_DAYS * DAY_US
    with for_this_client():
        return tell_arms(database(), store, newest, now, window, serving().counted.find(store))


def _number(name: str) -> int:
    """Return a whole number of the form; raise RequestRefusedError."""
    typed = request.form.get(name, "").strip()
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS):
        raise RequestRefusedError(f"{typed[:20]!r} is not a whole number; send one as {name}.", path=name)
    return int(typed)
