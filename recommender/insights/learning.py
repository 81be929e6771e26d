"""Figures of learning: how many people learn, how, and what they complete."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.insights.counting import Asked, Split, distinct
from recommender.insights.floors import Tallies, Tally
from recommender.insights.rollups import COMPLETED
from schemas.catalogue import MODALITIES

TIME_TO_COMPLETE = 90
"""Days after the first act in which a nugget counts as completed."""
Array = np.ndarray[Any, np.dtype[Any]]


def reach(asked: Asked) -> Tallies:
    """Count active people among the headcount."""
    acts, people = asked.active(), asked.headcount()
    acts = acts[np.isin(acts["person"], people)]
    found = asked.split(acts)
    rows = zip(found.labels, found.people(acts), asked.sizes(found.labels), strict=True)
    total = Tally(len(np.unique(acts["person"])), len(people))
    return {(): {"active": total}, **{labels: {"active": Tally(some, of)} for labels, some, of in rows}}


def modalities(asked: Asked) -> Tallies:
    """Count acts by modality, and people active in each and in all three."""
    acts = asked.active()
    found = asked.split(acts)
    whole = Split(((),), np.arange(len(acts)), np.zeros(len(acts), dtype=np.int64))
    return {**_by_modality(acts, whole), **_by_modality(acts, found)}


def _by_modality(acts: Array, found: Split) -> Tallies:
    active = found.people(acts)
    people, sums = [], []
    for code in range(len(MODALITIES)):
        is_so = acts["modality"] == code
        people.append(found.people(acts, is_so))
        sums.append(found.sums(np.where(is_so, acts["acts"], 0)))
    all_three = _in_all(acts, found)
    tallies: dict[tuple[str, ...], dict[str, Tally]] = {}
    for at, labels in enumerate(found.labels):
        row = {f"acts_{name}": Tally(people[code][at], count=sums[code][at]) for code, name in _NAMED}
        row |= {name: Tally(people[code][at], active[at]) for code, name in _NAMED}
        tallies[labels] = {**row, "all_three": Tally(all_three[at], active[at])}
    return tallies


_NAMED = tuple(enumerate(MODALITIES))


def _in_all(acts: Array, found: Split) -> list[int]:
    """Return how many people of each group are active in every modality."""
    people = found.groups << 32 | acts["person"][found.rows].astype(np.int64)
    pairs = np.unique(people * len(MODALITIES) + acts["modality"][found.rows])
    who, count = np.unique(pairs // len(MODALITIES), return_counts=True)
    every = who[count == len(MODALITIES)]
    return distinct(every >> 32, every & 0xFFFFFFFF, len(found.labels))


def completion(asked: Asked) -> Tallies:
    """Count pairs of a person and a nugget that were completed in time, among those begun early enough to be."""
    begun = _begun(asked)
    completed = _completed(asked, begun)
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


def _begun(asked: Asked) -> Array:
    """Return the first act of each person with each nugget, where it lies as long ago as completing may take."""
    acts = asked.active(-(10**6), asked.until - TIME_TO_COMPLETE)
    acts = acts[acts["item"] >= 0]
    _, first = np.unique(_pairs(acts), return_index=True)  # acts are in the order of days
    begun = acts[first]
    return np.asarray(begun[begun["day"] >= asked.since - TIME_TO_COMPLETE])


def _completed(asked: Asked, begun: Array) -> Array:
    """Return which of these pairs were completed in time (a mask)."""
    acts = asked.acts(asked.since - TIME_TO_COMPLETE, asked.until + 1)
    acts = acts[(acts["item"] >= 0) & (acts["flags"] & COMPLETED != 0)]
    pairs, first = np.unique(_pairs(acts), return_index=True)
    if not len(pairs):
        return np.zeros(len(begun), dtype=bool)
    wanted = _pairs(begun)
    at = np.minimum(np.searchsorted(pairs, wanted), len(pairs) - 1)
    days = acts["day"][first][at]
    return np.asarray((pairs[at] == wanted) & (days - begun["day"] <= TIME_TO_COMPLETE))


def _pairs(acts: Array) -> Array:
    return acts["person"].astype(np.int64) << 32 | acts["item"].astype(np.int64)
