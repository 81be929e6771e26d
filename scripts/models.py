"""List, compare, promote and roll back the model versions of a store; running servers follow."""

from __future__ import annotations

from typing import Any

import click

from lrs.auth.stores import store_named
from recommender.evaluation.versions import compare_versions
from recommender.metrics.history import VersionFigures, figures_of, ndcg_of
from recommender.models.registry import (
    current_version,
    find_problem,
    list_history,
    list_models,
    load,
    promote,
    roll_back,
)
from recommender.storage.model_settings import delete_model_settings, find_model_settings
from recommender.storage.models import ModelManifest
from recommender.training.jobs import load_current
from schemas.timestamps import format_timestamp
from scripts.command import Group, run
from scripts.options import json_option, store_argument
from scripts.output import Progress, print_json, print_result, print_table
from scripts.session import open_database, recommender_settings

HISTORY_HEADER = ("version", "created", "trained", "learners", "NDCG", "popularity", "ratio", "coverage", "")
HEADER = ("version", "created", "NDCG", "blend", "learners", "nuggets", "")


@click.group(cls=Group)
def main() -> None:
    """List, compare, promote and roll back the model versions of a store; running servers follow."""


@main.command("list", examples=["acme", "acme --json"])
@store_argument
@json_option
def show_models(store: str, as_json: bool) -> None:
    """List the versions, the newest first."""
    with open_database() as database:
        found = store_named(database, store)
        current = current_version(database, found.id)
        manifests = list_models(database, found.id)
        problem = "" if current is None else find_problem(database, found.id, current)
    states = [(manifest, manifest.version == current) for manifest in manifests]
    if as_json:
        print_json(
            [_values(manifest, promoted, problem if promoted else "") for manifest, promoted in states]
        )
        return
    print_table(HEADER, [_row(manifest, promoted, bool(problem)) for manifest, promoted in states])
    if problem:
        click.echo(f"The promoted version does not load, so popularity answers: {problem}")


@main.command("compare", examples=["acme 3 4", "acme 3 4 --json"])
@store_argument
@click.argument("first", type=int)
@click.argument("second", type=int)
@json_option
def compare(store: str, first: int, second: int, as_json: bool) -> None:
    """Measure two versions on the same data: what learners did since both were trained."""
    if first == second:
        raise click.UsageError("Name two different versions.")
    with open_database() as database, Progress() as progress:
        found = store_named(database, store)
        versions = {version: load(database, found.id, version) for version in (first, second)}
        dataset, _, settings = load_current(database, found, recommender_settings(), progress.step)
        service = settings.service
        compared = compare_versions(dataset, versions, service.top_k, service.min_test_learners)
    print_result(compared.as_dict(), compared.as_text(), as_json=as_json)


@main.command("history", examples=["acme", "acme --json"])
@store_argument
@json_option
def show_history(store: str, as_json: bool) -> None:
    """Show what the evaluation of each version found, the oldest first, also of those deleted since."""
    with open_database() as database:
        found = store_named(database, store)
        manifests = list_history(database, found.id)[::-1]
        figures = figures_of(manifests, current_version(database, found.id))
    if as_json:
        print_json([_history(one) for one in figures])
        return
    print_table(HISTORY_HEADER, [_history_row(one) for one in figures])
    click.echo(
        "Each was measured on the data of its day; compare two of them on the same data with models compare."
    )


@main.command("promote", examples=["acme 3"])
@store_argument
@click.argument("version", type=int)
@json_option
def promote_version(store: str, version: int, as_json: bool) -> None:
    """Make a version the one that answers."""
    with open_database() as database:
        promoted = promote(database, store_named(database, store).id, version).version
    print_result({"promoted": promoted}, f"Promoted version {promoted}.", as_json=as_json)


@main.command("roll-back", examples=["acme"])
@store_argument
@json_option
def return_to_version_before(store: str, as_json: bool) -> None:
    """Go back to the version promoted before."""
    with open_database() as database:
        promoted = roll_back(database, store_named(database, store).id).version
    print_result({"promoted": promoted}, f"Rolled back to version {promoted}.", as_json=as_json)


@main.command("settings", examples=["acme", "acme --forget"])
@store_argument
@click.option("--forget", is_flag=True, help="Forget them.")
@json_option
def show_settings(store: str, forget: bool, as_json: bool) -> None:
    """Show the training settings found by retrain --tune."""
    with open_database() as database:
        found = store_named(database, store)
        if forget:
            delete_model_settings(database, found.id)
        settings = find_model_settings(database, found.id)
    if as_json:
        print_json(dict(settings))
        return
    print_table(("setting", "value"), [(name, str(value)) for name, value in sorted(settings.items())])
    if not settings:
        click.echo("None were found by a search; trainings use those of the environment.")


def _values(manifest: ModelManifest, promoted: bool, problem: str) -> dict[str, Any]:
    return {
        "version": manifest.version,
        "created": format_timestamp(manifest.created),
        "promoted": promoted,
        **({"problem": problem} if problem else {}),
        "ndcg": ndcg_of(manifest),
        "settings": dict(manifest.settings),
        "facts": dict(manifest.facts),
    }


def _history(figures: VersionFigures) -> dict[str, Any]:
    return {
        "version": figures.version,
        "created": format_timestamp(figures.created),
        "refresh_of": figures.refresh_of,
        "learners": figures.learners,
        "ndcg": figures.ndcg,
        "popularity_ndcg": figures.popularity_ndcg,
        "coverage": figures.coverage,
        "promoted": figures.is_promoted,
        "deleted": figures.is_deleted,
    }


def _history_row(figures: VersionFigures) -> tuple[str, ...]:
    remark = "promoted" if figures.is_promoted else "deleted" if figures.is_deleted else ""
    return (
        str(figures.version),
        format_timestamp(figures.created)[:19],
        f"refresh of {figures.refresh_of}" if figures.refresh_of else "on everything",
        str(figures.learners or ""),
        *("" if value is None else f"{value:.4f}" for value in (figures.ndcg, figures.popularity_ndcg)),
        "" if figures.ratio is None else f"{figures.ratio:.2f}",
        "" if figures.coverage is None else f"{figures.coverage:.3f}",
        remark,
    )


def _row(manifest: ModelManifest, promoted: bool, fails: bool = False) -> tuple[str, ...]:
    ndcg, refresh = ndcg_of(manifest), manifest.facts.get("refresh")
    remarks = [f"refresh of {refresh['of']}, measured on what was new"] if refresh else []
    remarks += ["promoted, does not load" if fails else "promoted"] if promoted else []
    return (
        str(manifest.version),
        format_timestamp(manifest.created)[:19],
        "" if ndcg is None else f"{ndcg:.4f}",
        " ".join(f"{name} {weight:g}" for name, weight in manifest.facts.get("blend", {}).items()),
        str(manifest.facts.get("learners", "")),
        str(manifest.facts.get("nuggets", manifest.facts.get("items", ""))),
        "; ".join(remarks),
    )


if __name__ == "__main__":
    run(main)
