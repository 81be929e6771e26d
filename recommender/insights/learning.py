"""Figures of learning: how many people learn, how, and what they complete."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from recommender.insights.activity import BEGINNING, first_acts, pairs_of, spans_by_month
from recommender.insights.counting import OF_NUGGETS, Asked, Split, attribute
from recommender.insights.figures import OF_PEOPLE
from recommender.insights.floors import Tallies, Tally
from recommender.insights.organisation import Organisation
from recommender.insights.pairs import LIKED, pairs_of_window
from recommender.insights.rollups import COMPLETED, LIKING
from schemas.catalogue import MODALITIES

TIME_TO_COMPLETE = 90
"""Days after the first act in which a nugget counts as completed."""
NEVER = 10**9
Array = np.ndarray[Any, np.dtype[Any]]


def reach(asked: Asked) -> Tallies:
    """Count active people among the headcount."""
    people = asked.headcount()
    if asked.by[0] in OF_NUGGETS:
        return _reach_by_nugget(asked, people)
    sums = _sums(asked, people)
    sizes = asked.sizes(list(sums))
    rows = zip(sums, sizes, strict=True)
    return {
        labels: {"active": Tally(sums[labels]["any"], size if labels else len(people))}
        for labels, size in rows
    }


def _reach_by_nugget(asked: Asked, people: Array) -> Tallies:
    total = Tally(int(asked.by_person()[:, people].any(axis=0).sum()), len(people))
    found: dict[tuple[str, ...], dict[str, Tally]] = {(): {"active": total}}
    groups = attribute(asked.organisation, asked.by[0])
    for modality in MODALITIES if len(asked.by) > 1 else ("",):
        pairs = pairs_of_window(asked, modality, among=people)
        counts = pairs.by_group(pairs.where(lambda words: words & LIKED != 0), groups)
        for label, some in zip(groups.labels, counts, strict=True):
            labels = (label, modality) if modality else (label,)
            found[labels] = {"active": Tally(some, len(people))}
    return found


def taking_part(asked: Asked) -> Tallies:
    """Count people with any act, and with a social act, among the headcount."""
    people = asked.headcount()
    sums = _sums(asked, people)
    rows = zip(sums, asked.sizes(list(sums)), strict=True)
    return {
        labels: {name: Tally(sums[labels][name], size) for name in ("any", "social")} for labels, size in rows
    }


def modalities(asked: Asked) -> Tallies:
    """Count acts by modality, and people active in each and in all three."""
    return {
        labels: {
            **{
                f"acts_{name}": Tally(row[name], count=row[f"acts_{name}"], most=row[f"most_{name}"])
                for name in MODALITIES
            },
            **{name: Tally(row[name], row["any"]) for name in (*MODALITIES, "all_three")},
        }
        for labels, row in _sums(asked).items()
    }


Sums = Mapping[str, int]


def _sums(asked: Asked, people: Array | None = None) -> Mapping[tuple[str, ...], Sums]:
    """Return by group how many people (of `people`) are active at all, in each modality and in all, and their acts."""
    total, groups = asked.by_person(), {}
    if asked.by[0] in OF_PEOPLE:
        groups = _by_people(asked, total, people)
    elif asked.by[0] == "month":
        for month, days in spans_by_month(asked.since, asked.until).items():
            groups |= _with_modalities(asked, (month,), _among(asked.by_person(*days), people))
    else:
        for code, name in enumerate(MODALITIES):
            groups[name,] = _summed(_measured(_only(_among(total, people), code)))
    found = {(): _summed(_measured(_among(total, people))), **groups}
    return {labels: dict(zip(_MEASURES, map(int, sums), strict=True)) for labels, sums in found.items()}


def _by_people(asked: Asked, total: Array, people: Array | None) -> dict[tuple[str, ...], Array]:
    """Return the sums by team, role or language, and by modality where that is asked, too."""
    groups = attribute(asked.organisation, asked.by[0])
    known = np.arange(total.shape[1]) if people is None else people
    rows, codes = groups.expand(known)
    parts = (
        {(): total}
        if len(asked.by) == 1
        else {(name,): _only(total, at) for at, name in enumerate(MODALITIES)}
    )
    found: dict[tuple[str, ...], Array] = {}
    for also, part in parts.items():
        measured = _measured(part)[:, known[rows]]
        most = np.zeros((len(MODALITIES), len(groups.labels)))
        for row, acts in zip(most, measured[-len(MODALITIES) :], strict=True):
            np.maximum.at(row, codes, acts)
        counts = [np.bincount(codes, row, minlength=len(groups.labels)) for row in measured]
        sums = np.vstack([*counts, most])
        found |= {(label, *also): sums[:, code] for code, label in enumerate(groups.labels)}
    return found


def _with_modalities(asked: Asked, labels: tuple[str, ...], part: Array) -> dict[tuple[str, ...], Array]:
    if len(asked.by) == 1:
        return {labels: _summed(_measured(part))}
    return {(*labels, name): _summed(_measured(_only(part, at))) for at, name in enumerate(MODALITIES)}


def _measured(acts: Array) -> Array:
    """Return for each person whether active at all, in each modality and in all of them, and the acts in each."""
    active = acts > 0
    return np.vstack([active.any(axis=0), active, active.all(axis=0), acts]).astype(np.float64)


def _summed(measured: Array) -> Array:
    """Return the sums over people, and the most acts of one of them in each modality."""
    acts = measured[-len(MODALITIES) :]
    return np.concatenate([measured.sum(axis=1), acts.max(axis=1, initial=0.0)])


_MEASURES = (
    *("any", *MODALITIES, "all_three"),
    *(f"{kind}_{name}" for kind in ("acts", "most") for name in MODALITIES),
)


def _only(acts: Array, code: int) -> Array:
    """Return the acts of one modality alone."""
    return np.asarray(acts * (np.arange(len(MODALITIES)) == code)[:, None])


def _among(acts: Array, people: Array | None) -> Array:
    return acts if people is None else np.asarray(acts[:, people])


def completion(asked: Asked) -> Tallies:
    """Count pairs of a person and a nugget that were completed in time, among those begun early enough to be."""
    days = (asked.since, asked.until)
    key, organisation = ("completion", *days), asked.organisation
    known = organisation.keep_while(
        key, BEGINNING, asked.until, lambda: _begun_and_completed(organisation, *days)
    )
    begun = asked.fitting(known)
    completed = begun["flags"] & COMPLETED != 0
    found = asked.split(begun)
    whole = Split(((),), np.arange(len(begun)), np.zeros(len(begun), dtype=np.int64))
    return {**_in_time(begun, completed, whole), **_in_time(begun, completed, found)}


def _in_time(begun: Array, completed: Array, found: Split) -> Tallies:
    people, of_people = found.people(begun, completed), found.people(begun)
    counts, of = found.sums(completed), found.sums(np.ones(len(begun)))
    return {
        labels: {
            "completed": Tally(people[at], of_people[at], counts[at], of[at]),
            "people": Tally(of_people[at]),
        }
        for at, labels in enumerate(found.labels)
    }


def _begun_and_completed(organisation: Organisation, since: int, until: int) -> Array:
    """Return the first act of each person with each nugget where it lies as long ago as completing may take.

    Those that were completed in time have the flag.
    """
    acts = first_acts(organisation, BEGINNING, until - TIME_TO_COMPLETE, LIKING)
    begun = acts[acts["day"] >= since - TIME_TO_COMPLETE]
    done = first_acts(organisation, since - TIME_TO_COMPLETE, until, COMPLETED)
    days = np.full(len(begun), NEVER, dtype=np.int64)
    _, ours, theirs = np.intersect1d(pairs_of(begun), pairs_of(done), return_indices=True)
    days[ours] = done["day"][theirs]
    in_time = days - begun["day"] <= TIME_TO_COMPLETE
    begun["flags"] = np.where(in_time, begun["flags"] | COMPLETED, begun["flags"] & ~np.uint8(COMPLETED))
    return np.asarray(begun)
