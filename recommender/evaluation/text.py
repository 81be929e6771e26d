"""A comparison as tables that fit a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recommender.evaluation.comparison import Comparison
from recommender.evaluation.groups import Exposure, Segment
from recommender.metrics.intervals import Interval
from recommender.metrics.report import LEARNERPRISE
from recommender.training.choosing import describe


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
        f"NDCG of {LEARNERPRISE} beside that of the other, with 95 % bootstrap intervals over the learners:",
        f"  {'':<20} {'difference':>10}  {'':<18} {'ratio':>6}",
    ]
    for name, one in comparison.differences.items():
        doubt = "" if one.is_certain else "  (may be chance)"
        ratio = comparison.ratios[name]
        lines.append(
            f"  {name:<20} {one.mean:>+10.4f}  {_bounds(one, '+.4f'):<18} {ratio.mean:>6.3f}  "
            f"{_bounds(ratio, '.3f')}{doubt}"
        )
    return "\n".join([*lines, f"Best other by the validation: {comparison.best_other}."])


def _bounds(interval: Interval, form: str) -> str:
    return f"[{interval.low:{form}}, {interval.high:{form}}]"


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
        f"  {name:<20} {describe_options(options)}" for name, options in comparison.options.items() if options
    ]
    return "\n".join(["Settings chosen on the newest part of the past:", *chosen]) if chosen else ""


def describe_options(options: Mapping[str, float]) -> str:
    """Return options as words and numbers."""
    return ", ".join(f"{key.replace('_', ' ')} {value:g}" for key, value in options.items())


def _blend(comparison: Comparison) -> str:
    chosen = describe(comparison.facts)
    return f"Chosen by {LEARNERPRISE} in the same way: {chosen}" if chosen else ""


def _segments(found: Sequence[Segment]) -> str:
    """Return a table with one row a group: our NDCG, and how far it is from that of the best other recommender."""
    if not found:
        return ""
    other = found[0].other
    lines = [
        f"NDCG by group of learners, and the difference to {other}, the best other by the validation:",
    ]
    for one in sorted(found, key=lambda one: (one.kind, one.name)):
        doubt = "" if one.difference.is_certain else "  (may be chance)"
        lines.append(
            f"  {one.kind + ' ' + one.name:<34} {one.learners:>7} learners  {one.ours.mean:.4f}  "
            f"{_bounds(one.ours, '.4f')}  {other} {one.ndcg[other]:.4f}: "
            f"{one.difference.mean:+.4f}  {_bounds(one.difference, '+.4f')}{doubt}"
        )
    return "\n".join(lines)


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
