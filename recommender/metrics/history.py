"""What the evaluation of each model version found, beside the baseline of the same day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.metrics.report import LEARNERPRISE, LIGHTFM, POPULARITY
from recommender.storage.models import ModelManifest


@dataclass(frozen=True, slots=True)
class VersionFigures:
    """The figures of one version; those of a refresh (`refresh_of`) were measured on what was new only."""

    version: int
    created: int
    refresh_of: int | None
    learners: int | None
    ndcg: float | None
    popularity_ndcg: float | None
    coverage: float | None
    is_promoted: bool
    is_deleted: bool

    @property
    def ratio(self) -> float | None:
        """How many times the NDCG of popularity the version has."""
        return self.ndcg / self.popularity_ndcg if self.ndcg and self.popularity_ndcg else None


def figures_of(manifests: Sequence[ModelManifest], current: int | None) -> list[VersionFigures]:
    """Return the figures of each version; `current` is the promoted one."""
    return [_figures(one, current) for one in manifests]


def _figures(manifest: ModelManifest, current: int | None) -> VersionFigures:
    rows = {row["name"]: row for row in manifest.evaluation.get("rows", ())}
    refresh = manifest.facts.get("refresh")
    return VersionFigures(
        version=manifest.version,
        created=manifest.created,
        refresh_of=refresh["of"] if refresh else None,
        learners=refresh["learners"] if refresh else manifest.evaluation.get("learners"),
        ndcg=ndcg_of(manifest),
        popularity_ndcg=None if refresh else rows.get(POPULARITY, {}).get("ndcg"),
        coverage=None if refresh else rows.get(LEARNERPRISE, {}).get("coverage"),
        is_promoted=manifest.version == current,
        is_deleted=not manifest.arrays,
    )


def ndcg_of(manifest: ModelManifest) -> float | None:
    """Return a version's own measurement; a refreshed one has another's evaluation beside it."""
    refresh = manifest.facts.get("refresh")
    if refresh:
        measured: float | None = refresh["ndcg"]
        return measured
    rows = {row["name"]: row["ndcg"] for row in manifest.evaluation.get("rows", ())}
    return rows.get(LEARNERPRISE, rows.get(LIGHTFM))
