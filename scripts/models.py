"""List the model versions of a store, promote one, roll back, or show settings; running servers follow."""

from __future__ import annotations

from typing import Any

import click

from lrs.auth.stores import store_named
from recommender.metrics.report import LEARNERPRISE, LIGHTFM
from recommender.models.registry import current_version, find_problem, list_models, promote, roll_back
from recommender.storage.model_settings import delete_model_settings, find_model_settings
from recommender.storage.models import ModelManifest
from schemas.timestamps import format_timestamp
from scripts.command import Group, run
from scripts.options import json_option, store_argument
from scripts.output import print_json, print_result, print_table
from scripts.session import open_database

HEADER = ("version", "created", "NDCG", "blend", "learners", "nuggets", "")


@click.group(cls=Group)
def main() -> None:
    """List the model versions of a store, promote one, roll back, or show settings; running servers follow."""


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
        "ndcg": _ndcg(manifest),
        "settings": dict(manifest.settings),
        "facts": dict(manifest.facts),
    }


def _row(manifest: ModelManifest, promoted: bool, fails: bool = False) -> tuple[str, ...]:
    ndcg, refresh = _ndcg(manifest), manifest.facts.get("refresh")
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


def _ndcg(manifest: ModelManifest) -> float | None:
    """Return a version's own measurement; a refreshed one has another's evaluation beside it."""
    refresh = manifest.facts.get("refresh")
    if refresh:
        measured: float | None = refresh["ndcg"]
        return measured
    rows = {row["name"]: row["ndcg"] for row in manifest.evaluation.get("rows", ())}
    return rows.get(LEARNERPRISE, rows.get(LIGHTFM))


if __name__ == "__main__":
    run(main)
