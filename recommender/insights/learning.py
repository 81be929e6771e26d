"""Figures of learning: how many people learn, how, and what they complete."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.insights.counting import Asked, Split, distinct
from recommender.insights.floors import Tallies, Tally
from schemas.catalogue import MODALITIES

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
