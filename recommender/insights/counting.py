"""Counts people in groups: acts of a window, split by what is known of people and nuggets."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lrs.personas import Agreeing
from lrs.storage.database import Database, StoreId
from recommender.catalogue.learners import is_bot
from recommender.config import RecommenderSettings
from recommender.insights.activity import acts_by_person, joined, seen
from recommender.insights.figures import OF_PEOPLE, YEAR, Figure
from recommender.insights.months import month_of
from recommender.insights.organisation import Organisation
from recommender.insights.rollups import LIKING, PRIVATE
from recommender.vocabulary.extensions import plain_text
from schemas.catalogue import MODALITIES
from schemas.floors import FLOOR

Array = np.ndarray[Any, np.dtype[Any]]
OF_NUGGETS = ("skill", "nugget", "format")
MOST_CELLS = 1 << 22
"""Up to so many cells a table of all people by groups or nuggets is made: that is many times faster than sorting."""


@dataclass(frozen=True, slots=True)
class Memberships:
    """Which groups each person or nugget is in: `codes[starts[i]:starts[i + 1]]` are those of the one at position i."""

    labels: tuple[str, ...]
    starts: Array
    codes: Array

    def expand(self, positions: Array) -> tuple[Array, Array]:
        """Return pairs of a row (an index into `positions`) and a group, one for each membership; -1 has none."""
        if not len(self.codes):
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        known = np.maximum(positions, 0).astype(np.int64)
        counts = np.where(positions < 0, 0, self.starts[known + 1] - self.starts[known])
        rows = np.repeat(np.arange(len(positions)), counts)
        offsets = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        return rows, self.codes[self.starts[known[rows]] + offsets]

    def mask(self, label: str) -> Array:
        """Return which positions are in a group."""
        owners = np.repeat(np.arange(len(self.starts) - 1), np.diff(self.starts))
        found = np.zeros(len(self.starts) - 1, dtype=bool)
        if label in self.labels:
            found[owners[self.codes == self.labels.index(label)]] = True
        return found


def memberships(values: Iterable[Iterable[str]]) -> Memberships:
    """Return who is in which group, from the names of the groups of each."""
    names = [sorted({one for one in some if one}) for some in values]
    labels = tuple(sorted({one for some in names for one in some}))
    index = {label: code for code, label in enumerate(labels)}
    starts = np.cumsum([0, *map(len, names)])
    return Memberships(
        labels, starts, np.array([index[one] for some in names for one in some], dtype=np.int64)
    )


@dataclass(frozen=True, slots=True)
class Source:
    """Where more can be read of a store, and its floor."""

    database: Database
    store: StoreId
    settings: RecommenderSettings
    floor: int = FLOOR


@dataclass(frozen=True, slots=True)
class Asked:
    """A figure asked of an organisation for the days from `since` until before `until`.

    `agreed` (a mask over people) are those who agree to be counted, `counted` those of them who pass the filters about
    people. `source` is for what rollups do not hold.
    """

    source: Source
    organisation: Organisation
    figure: Figure
    by: tuple[str, ...]
    filters: Mapping[str, str]
    since: int
    until: int
    agreed: Array
    counted: Array

    def before(self) -> Asked:
        """Return the same asked for the window before."""
        return replace(self, since=2 * self.since - self.until, until=self.since)

    def acts(self, since: int | None = None, until: int | None = None) -> Array:
        """Return the acts of those counted that pass the filters, in the window unless other days are named."""
        days = (self.since if since is None else since, self.until if until is None else until)
        return self.fitting(self.organisation.acts(*days))

    def fitting(self, acts: Array) -> Array:
        """Return those of some acts that are of people counted, and pass the filters."""
        acts = acts[self.counted[acts["person"]]]
        for name, value in self.filters.items():
            if name == "modality":
                acts = acts[acts["modality"] == (MODALITIES.index(value) if value in MODALITIES else 255)]
            elif name in OF_NUGGETS:
                fits = np.append(attribute(self.organisation, name).mask(value), False)
                acts = acts[fits[acts["item"]] & (acts["flags"] & PRIVATE == 0)]
        return np.asarray(acts)

    def active(self, since: int | None = None, until: int | None = None) -> Array:
        """Return the acts of positive strength."""
        acts: Array = self.acts(since, until)
        return np.asarray(acts[acts["flags"] & LIKING != 0])

    def by_person(self, since: int | None = None, until: int | None = None) -> Array:
        """Return how many acts of positive strength each person did by modality (3 x P), as far as they are counted."""
        days = (self.since if since is None else since, self.until if until is None else until)
        if self.filters.keys() & set(OF_NUGGETS):
            acts = self.acts(*days)
            found = np.zeros((len(MODALITIES), len(self.counted)))
            part = joined(acts)[:-1]
            found[:, : part.shape[1]] = part
            return found
        found = acts_by_person(self.organisation, *days)[:-1] * self.counted
        if "modality" in self.filters:
            found *= np.array([[name == self.filters["modality"]] for name in MODALITIES])
        return np.asarray(found)

    def headcount(self) -> Array:
        """Return the positions of everybody who could have acted and is counted."""
        return np.flatnonzero(_headcount(self.organisation, self.until) & self.counted)

    def split(self, acts: Array) -> Split:
        """Return the groups that acts fall into."""
        return split(self.organisation, acts, self.by)

    def sizes(self, groups: Sequence[tuple[str, ...]]) -> list[int]:
        """Return the headcount of each group: of its team or role, or of everybody where people are not split."""
        people = self.headcount()
        if self.by[0] not in OF_PEOPLE:
            return [len(people)] * len(groups)
        found = attribute(self.organisation, self.by[0])
        sizes = np.bincount(found.expand(people)[1], minlength=len(found.labels))
        known = dict(zip(found.labels, map(int, sizes), strict=True))
        return [known.get(labels[0], 0) if labels else len(people) for labels in groups]


@dataclass(frozen=True, slots=True)
class Split:
    """Groups by their labels, and which row (an index into the acts) is in which group; one may be in several."""

    labels: tuple[tuple[str, ...], ...]
    rows: Array
    groups: Array

    def people(self, acts: Array, among: Array | None = None) -> list[int]:
        """Return how many people act in each group; only acts `among` a mask count."""
        kept = slice(None) if among is None else among[self.rows]
        return distinct(self.groups[kept], acts["person"][self.rows[kept]], len(self.labels))

    def sums(self, values: Array) -> list[int]:
        """Return the sum of a value of each act by group."""
        found = np.bincount(self.groups, weights=values[self.rows], minlength=len(self.labels))
        return [int(one) for one in found]


def distinct(groups: Array, people: Array, count: int) -> list[int]:
    """Return how many different people there are in each of so many groups."""
    width = int(people.max()) + 1 if len(people) else 0
    if count * width <= MOST_CELLS:
        seen = np.zeros(count * width, dtype=bool)
        seen[groups.astype(np.int64) * width + people] = True
        return [int(one) for one in seen.reshape(count, width).sum(axis=1)]
    pairs = np.unique(groups.astype(np.int64) << 32 | people.astype(np.int64))
    return [int(one) for one in np.bincount(pairs >> 32, minlength=count)]


def split(organisation: Organisation, acts: Array, by: Sequence[str]) -> Split:
    """Return the groups that acts fall into by one attribute, and by modality where that is asked, too."""
    labels, rows, codes = _codes(organisation, acts, by[0])
    groups: list[tuple[str, ...]] = [(label,) for label in labels]
    if len(by) > 1:
        codes = codes * len(MODALITIES) + acts["modality"][rows]
        groups = [(*group, modality) for group in groups for modality in MODALITIES]
    return Split(tuple(groups), rows, codes)


def _codes(organisation: Organisation, acts: Array, name: str) -> tuple[Sequence[str], Array, Array]:
    everything = np.arange(len(acts))
    if name == "modality":
        return MODALITIES, everything, acts["modality"].astype(np.int64)
    if name == "month":
        days, codes = np.unique(acts["day"], return_inverse=True)
        names = [month_of(int(day)) for day in days]
        labels = sorted(set(names))
        return labels, everything, np.array([labels.index(one) for one in names], dtype=np.int64)[codes]
    found = attribute(organisation, name)
    if name in OF_PEOPLE:
        return found.labels, *found.expand(acts["person"].astype(np.int64))
    items = np.where(acts["flags"] & PRIVATE == 0, acts["item"], -1)
    return found.labels, *found.expand(items.astype(np.int64))


def attribute(organisation: Organisation, name: str) -> Memberships:
    """Return who, or which nugget, is in which group of an attribute."""
    return organisation.keep_known(("attribute", name), lambda: memberships(_values(organisation, name)))


def _values(organisation: Organisation, name: str) -> Iterable[Iterable[str]]:
    if name in OF_PEOPLE:
        known = [organisation.features.get(one) for one in organisation.persons()]
        return [_of_person(one, name) if one else () for one in known]
    nuggets = [organisation.nuggets.get(one) for one in organisation.names()]
    if name == "skill":
        return [() if one is None or one.private else one.skills for one in nuggets]
    if name == "format":
        return [() if one is None else (one.format,) for one in nuggets]
    return [() if one is None or one.private else (one.id,) for one in nuggets]


def _of_person(features: Any, name: str) -> Iterable[str]:
    return features.languages if name == "language" else (plain_text(getattr(features, name)),)


def counted(organisation: Organisation, agreeing: Agreeing, filters: Mapping[str, str]) -> Array:
    """Return who is counted: people, not bots, who agree, and who pass the filters about people (a mask)."""
    mask = organisation.keep_known(("agreeing", agreeing), lambda: _agreeing(organisation, agreeing))
    for name in OF_PEOPLE:
        if name in filters:
            mask = mask & attribute(organisation, name).mask(filters[name])
    return mask


def _agreeing(organisation: Organisation, agreeing: Agreeing) -> Array:
    """Return who agrees and is no bot (a mask)."""
    index, count = organisation.people.index, organisation.person_count
    mask = np.full(count, agreeing.others)
    mask[[place for one in agreeing.named if (place := index.get(one, count)) < count]] = not agreeing.others
    roles = {one.role: one for one in organisation.features.values()}
    bots = {role for role, one in roles.items() if is_bot(one)}
    if bots:
        mask[[index[one] for one, known in organisation.features.items() if known.role in bots]] = False
    return mask


def _headcount(organisation: Organisation, until: int) -> Array:
    """Return everybody in the catalogue, or everybody seen within a year where they are more (a mask)."""

    def find() -> Array:
        entered = np.zeros(organisation.person_count, dtype=bool)
        entered[[organisation.people.index[one] for one in organisation.entered]] = True
        active = seen(organisation, until - YEAR, until)
        return entered if entered.sum() > active.sum() else active

    return organisation.keep(("headcount", until), find)
