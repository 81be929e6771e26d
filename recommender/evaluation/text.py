"""A comparison as tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

from recommender.evaluation.comparison import SERVED, Comparison
from recommender.evaluation.groups import Exposure, Segment
from recommender.metrics.report import LEARNERPRISE, LIGHTFM
from recommender.training.blend_weights import describe

OWN = frozenset({LEARNERPRISE, SERVED, LIGHTFM})


def as_text(comparison: Comparison, with_groups: bool) -> str:
    """Return the table, how certain the differences are, what the lists are like, and on request the groups."""
    parts = [
        comparison.report.as_text(),
        _differences(comparison),
        _characters(comparison),
        _options(comparison),
        _blend(comparison),
    ]
    if with_groups:
        parts += [_segments(comparison.segments), _exposures(comparison.exposures)]
    return "\n\n".join(part for part in parts if part)


def _differences(comparison: Comparison) -> str:
    lines = [
        f"NDCG of {LEARNERPRISE} minus that of the other, with 95 % bootstrap intervals over the learners:"
    ]
    for name, one in comparison.differences.items():
        doubt = "" if one.is_certain else "  (may be chance)"
        lines.append(f"  {name:<20} {one.mean:>+8.4f}  [{one.low:+.4f}, {one.high:+.4f}]{doubt}")
    return "\n".join(lines)


def _characters(comparison: Comparison) -> str:
    lines = [f"{'the lists':<20} {'novelty bits':>12} {'diversity':>9} {'popularity':>10} {'Gini':>6}"]
    for one in comparison.characters:
        diversity = "-" if one.diversity is None else f"{one.diversity:.3f}"
        lines.append(
            f"{one.recommender:<20} {one.novelty:>12.2f} {diversity:>9} {one.popularity:>10.2f} {one.gini:>6.3f}"
        )
    return "\n".join(lines)


def _options(comparison: Comparison) -> str:
    chosen = [
        f"  {name:<20} " + ", ".join(f"{key.replace('_', ' ')} {value:g}" for key, value in options.items())
        for name, options in comparison.options.items()
        if options
    ]
    return "\n".join(["Settings chosen on the newest part of the past:", *chosen]) if chosen else ""


def _blend(comparison: Comparison) -> str:
    chosen = describe(comparison.facts)
    return f"Chosen by {LEARNERPRISE} in the same way: {chosen}" if chosen else ""


def _segments(found: Sequence[Segment]) -> str:
    """Return a table with one row a group: our NDCG and that of the best other recommender."""
    lines = ["NDCG by group of learners:"]
    for (kind, name), group in _grouped(found):
        ranked = sorted(group, key=lambda one: -one.ndcg)
        ours = next(one for one in group if one.recommender == LEARNERPRISE)
        best = next((one for one in ranked if one.recommender not in OWN), ours)
        lines.append(
            f"  {kind + ' ' + name:<34} {ours.learners:>7} learners  {ours.ndcg:.4f}  "
            f"(best other: {best.recommender} {best.ndcg:.4f})"
        )
    return "\n".join(lines) if len(lines) > 1 else ""


def _exposures(found: Iterable[Exposure]) -> str:
    """Return each group of nuggets with its share of the lists and its share of what was taken."""
    lines = ["Share of our lists, and share of what was then taken, by group of nuggets:"]
    for one in found:
        if one.recommender == LEARNERPRISE:
            lines.append(
                f"  {one.kind + ' ' + one.name:<34} {one.nuggets:>7} nuggets  shown {one.shown:.3f}  "
                f"taken {one.relevant:.3f}  ratio {one.ratio:.2f}"
            )
    return "\n".join(lines) if len(lines) > 1 else ""


def _grouped(found: Sequence[Segment]) -> Iterator[tuple[tuple[str, str], list[Segment]]]:
    ordered = sorted(found, key=lambda one: (one.kind, one.name))
    for key, group in groupby(ordered, key=lambda one: (one.kind, one.name)):
        yield key, list(group)
