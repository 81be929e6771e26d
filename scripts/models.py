"""List the model versions of a store, promote one, roll back, or show settings; running servers follow."""

from __future__ import annotations

import argparse

from lrs.auth.stores import Store, store_named
from lrs.storage.database import Database
from recommender.errors import RecommenderError
from recommender.metrics.report import LEARNERPRISE, LIGHTFM
from recommender.models.registry import current_version, list_models, promote, roll_back
from recommender.storage.model_settings import delete_model_settings, find_model_settings
from recommender.storage.models import ModelManifest
from schemas.timestamps import format_timestamp
from scripts.session import open_database, print_table, run


def main() -> int:
    """Parse the arguments and do what they say."""
    arguments = _parser().parse_args()
    with open_database() as (database, _):
        store = store_named(arguments.store)
        if arguments.action == "promote":
            print(f"Promoted version {promote(database, store.id, arguments.version).version}.")
        elif arguments.action == "roll-back":
            print(f"Rolled back to version {roll_back(database, store.id).version}.")
        elif arguments.action == "settings":
            _settings(database, store, arguments.forget)
        else:
            _list(database, store)
    return 0


def _settings(database: Database, store: Store, forget: bool) -> None:
    """Show the training settings that a search found, or forget them."""
    if forget:
        delete_model_settings(database, store.id)
    found = find_model_settings(database, store.id)
    print_table(("setting", "value"), [(name, str(value)) for name, value in sorted(found.items())])
    if not found:
        print("None were found by a search; trainings use those of the environment.")


def _list(database: Database, store: Store) -> None:
    current = current_version(database, store.id)
    manifests = list_models(database, store.id)
    rows = [_row(manifest, manifest.version == current) for manifest in manifests]
    print_table(("version", "created", "NDCG", "blend", "learners", "nuggets", ""), rows)


def _row(manifest: ModelManifest, promoted: bool) -> tuple[str, ...]:
    refresh = manifest.facts.get("refresh")
    ndcg = refresh["ndcg"] if refresh else _evaluated(manifest)
    remarks = [f"refresh of {refresh['of']}, measured on what was new"] if refresh else []
    remarks += ["promoted"] if promoted else []
    return (
        str(manifest.version),
        format_timestamp(manifest.created)[:19],
        "" if ndcg is None else f"{ndcg:.4f}",
        " ".join(f"{name} {weight:g}" for name, weight in manifest.facts.get("blend", {}).items()),
        str(manifest.facts.get("learners", "")),
        str(manifest.facts.get("nuggets", manifest.facts.get("items", ""))),
        "; ".join(remarks),
    )


def _evaluated(manifest: ModelManifest) -> float | None:
    measured = {row["name"]: row["ndcg"] for row in manifest.evaluation.get("rows", ())}
    return measured.get(LEARNERPRISE, measured.get(LIGHTFM))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("list", help="list the versions, the newest first").add_argument("store")
    chosen = actions.add_parser("promote", help="make a version the one that answers")
    chosen.add_argument("store")
    chosen.add_argument("version", type=int)
    actions.add_parser("roll-back", help="go back to the version promoted before").add_argument("store")
    settings = actions.add_parser("settings", help="show the training settings found by retrain --tune")
    settings.add_argument("store")
    settings.add_argument("--forget", action="store_true", help="forget them")
    return parser


if __name__ == "__main__":
    run(main, RecommenderError)
