"""A CSV of who took what, and when or in which order, as a Dataset, without database or Statements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.catalogue.encoder import find_encoder
from recommender.catalogue.meanings import vectors_of
from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import EVERYONE, Dataset, starts_of
from recommender.dataset.features import feature_space
from recommender.errors import TooLittleDataError
from recommender.evaluation.csv_rows import USUAL, CsvColumns, CsvRows, read_rows
from recommender.metrics.splits import Split, best_split, split_last, split_marked

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class CsvInteractions:
    """Interactions of a file, grouped by learner and in time order; of repeated items only the first one.

    `at` is us since 1970 where `has_times`, else any growing number; `marked` says which rows the file itself
    holds out (none: there is no such column).
    """

    users: tuple[str, ...]
    items: tuple[str, ...]
    user_of: Array
    item_of: Array
    at: Array
    marked: Array
    has_times: bool

    def dataset(self, nuggets: Mapping[str, Nugget], most_item_features: int) -> Dataset:
        """Return the matrices; without `nuggets` the items have no features."""
        shape = (len(self.users), len(self.items))
        own = [nuggets.get(item, Nugget(item)) for item in self.items]
        space, encoder = feature_space(own), find_encoder()
        titles = [nugget.title() for nugget in own]
        return Dataset(
            users=self.users,
            items=self.items,
            user_of=self.user_of,
            item_of=self.item_of,
            at=self.at,
            weight=np.ones(len(self.item_of), dtype=np.float32),
            starts=starts_of(self.user_of, shape[0]),
            completed=sp.csr_matrix(shape, dtype=np.float32),
            item_features=space.matrix(own, most_item_features),
            side=sp.csr_matrix(np.ones((shape[0], 1), dtype=np.float32)),
            side_names=(EVERYONE,),
            item_languages=tuple(nugget.language for nugget in own),
            features=space,
            **({"item_meanings": vectors_of(titles, encoder)} if encoder and any(titles) else {}),
        )

    def split(self, dataset: Dataset, share: float, min_learners: int) -> Split:
        """Hold out what the file marks, else the newest `share` by time, else each learner's last."""
        if self.marked.any():
            return split_marked(dataset, self.marked)
        return best_split(dataset, share, min_learners) if self.has_times else split_last(dataset)


def read_csv(path: Path, columns: CsvColumns = USUAL) -> CsvInteractions:
    """Read a file of interactions; RequestRefusedError names line and column of an invalid value.

    Raise TooLittleDataError where there are fewer than two learners or two items.
    """
    rows = read_rows(path, columns)
    if len(rows.learners) < 2 or len(rows.items) < 2:
        raise TooLittleDataError(
            f"{path.name} has {len(rows.learners)} learners and {len(rows.items)} items"
            f"{' with a sufficient rating' if columns.rating else ''}; at least two of each are needed."
        )
    return _ordered(rows)


def _ordered(rows: CsvRows) -> CsvInteractions:
    order = np.lexsort((np.arange(len(rows.at)), rows.at, rows.learner_of))
    pair = rows.learner_of[order].astype(np.int64) * len(rows.items) + rows.item_of[order]
    order = order[np.sort(np.unique(pair, return_index=True)[1])]
    return CsvInteractions(
        users=rows.learners,
        items=rows.items,
        user_of=rows.learner_of[order],
        item_of=rows.item_of[order],
        at=rows.at[order],
        marked=rows.marked[order],
        has_times=rows.has_times,
    )
