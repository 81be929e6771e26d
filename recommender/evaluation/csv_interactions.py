"""A CSV of who took what, and when or in which order, as a Dataset, without database or Statements."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import scipy.sparse as sp

from lrs.errors import RequestRefusedError
from lrs.ingestion.tables import Table, open_table
from recommender.catalogue.nuggets import Nugget
from recommender.dataset.dataset import EVERYONE, Dataset, starts_of
from recommender.dataset.features import feature_space
from recommender.errors import TooLittleDataError
from recommender.evaluation.csv_times import Moments
from recommender.metrics.splits import Split, best_split, split_last, split_marked

Array = np.ndarray[Any, np.dtype[Any]]
LEARNER_NAMES = ("learner", "user", "student", "visitor", "person", "customer", "account")
ITEM_NAMES = (
    "item",
    "nugget",
    "course",
    "activity",
    "movie",
    "video",
    "article",
    "book",
    "object",
    "resource",
)
TIME_NAMES = ("time", "timestamp", "date", "datetime", "at")
POSITION_NAMES = ("position", "order", "step")
HELD_OUT_NAMES = ("held_out",)
SUFFIXES = (".csv", ".tsv")
YES, NO = frozenset({"1", "true", "yes", "y"}), frozenset({"0", "false", "no", "n", ""})


@dataclass(frozen=True, slots=True)
class CsvColumns:
    """Columns by name or by number from 1; empty ones are found by their usual names.

    Rows with a `rating` below `min_rating` are not positive and left out.
    """

    learner: str = ""
    item: str = ""
    time: str = ""
    position: str = ""
    rating: str = ""
    min_rating: float = 0.0
    encoding: str = "utf-8-sig"

    @property
    def given(self) -> list[str]:
        """Return the columns that were named."""
        return [name for name in (self.learner, self.item, self.time, self.position, self.rating) if name]


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
        space = feature_space(own)
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
        )

    def split(self, dataset: Dataset, share: float, min_learners: int) -> Split:
        """Hold out what the file marks, else the newest `share` by time, else each learner's last."""
        if self.marked.any():
            return split_marked(dataset, self.marked)
        return best_split(dataset, share, min_learners) if self.has_times else split_last(dataset)


def read_csv(path: Path, columns: CsvColumns = CsvColumns()) -> CsvInteractions:
    """Read a file of interactions; RequestRefusedError names line and column of an invalid value.

    Raise TooLittleDataError where there are fewer than two learners or two items.
    """
    table = open_table(path, columns.given, columns.encoding)
    learners, items, numbers, marked = _columns(table, columns)
    if len(learners.names) < 2 or len(items.names) < 2:
        raise TooLittleDataError(
            f"{path.name} has {len(learners.names)} learners and {len(items.names)} items"
            f"{' with a sufficient rating' if columns.rating else ''}; at least two of each are needed."
        )
    return _ordered(learners, items, numbers, marked)


class _Ids:
    """Numbers texts in the order of their first appearance."""

    def __init__(self) -> None:
        self.names: dict[str, int] = {}
        self.codes: list[int] = []

    def add(self, text: str) -> None:
        self.codes.append(self.names.setdefault(text, len(self.names)))

    def sorted(self) -> tuple[tuple[str, ...], Array]:
        """Return the texts sorted, and for each text added its position among them."""
        texts = tuple(sorted(self.names))
        positions = np.zeros(len(texts), dtype=np.int32)
        positions[[self.names[text] for text in texts]] = np.arange(len(texts), dtype=np.int32)
        return texts, positions[np.array(self.codes, dtype=np.int64)]


@dataclass(frozen=True, slots=True)
class _Columns:
    learner: int
    item: int
    order: int
    rating: int | None
    held_out: int | None


def _columns(table: Table, columns: CsvColumns) -> tuple[_Ids, _Ids, Moments, list[bool]]:
    found, is_time = _find_columns(table, columns)
    learners, items, moments, marked = _Ids(), _Ids(), Moments(is_time), list[bool]()
    for line, cells in table.rows():
        if line == 1 and not moments.reads(cells[found.order]):
            continue  # columns given by number, and yet a header
        if found.rating is not None and _rating(table, line, cells[found.rating]) < columns.min_rating:
            continue
        learners.add(_id(table, line, "learner", cells[found.learner]))
        items.add(_id(table, line, "item", cells[found.item]))
        moments.add(f"{table.path.name}, line {line}, column {_name(table, found.order)}", cells[found.order])
        if found.held_out is not None:
            marked.append(_is_held_out(table, line, cells[found.held_out]))
    return learners, items, moments, marked


def _find_columns(table: Table, columns: CsvColumns) -> tuple[_Columns, bool]:
    learner = find_column(table, columns.learner, LEARNER_NAMES)
    item = find_column(table, columns.item, ITEM_NAMES)
    time = find_column(table, columns.time, () if columns.position else TIME_NAMES)
    position = find_column(table, columns.position, POSITION_NAMES)
    order = position if time is None else time
    for place, option in ((learner, "--learner"), (item, "--item"), (order, "--time or --position")):
        if place is None:
            there = ", ".join(table.header) or f"no names, only numbers from 1 to {table.width}"
            raise RequestRefusedError(f"{table.path.name}: name the column for {option}; it has: {there}.")
    assert learner is not None and item is not None and order is not None
    rating = table.column(columns.rating) if columns.rating else None
    return _Columns(learner, item, order, rating, find_column(table, "", HELD_OUT_NAMES)), time is not None


def find_column(table: Table, given: str, usual: Sequence[str]) -> int | None:
    """Return the position of the given column, or of one with a usual name (`user_id`, `userId`), or None."""
    if given:
        return table.column(given)
    plain = [name.lower().removesuffix("id").rstrip("_ ") for name in table.header]
    for name in usual:
        if name in plain:
            return plain.index(name)
    return None


def _id(table: Table, line: int, column: str, text: str) -> str:
    if not text.strip():
        raise RequestRefusedError(
            f"{table.path.name}, line {line}: the {column} is empty; fill it or drop the line."
        )
    return text.strip()


def _rating(table: Table, line: int, text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value:
        raise RequestRefusedError(
            f"{table.path.name}, line {line}: the rating {text[:50]!r} is not a number; correct it or drop the line."
        )
    return value


def _is_held_out(table: Table, line: int, text: str) -> bool:
    plain = text.strip().lower()
    if plain not in YES | NO:
        raise RequestRefusedError(f"{table.path.name}, line {line}: held_out is {text[:50]!r}; write 1 or 0.")
    return plain in YES


def _name(table: Table, place: int) -> str:
    return table.header[place] if table.header else str(place + 1)


def _ordered(learners: _Ids, items: _Ids, moments: Moments, marked: Sequence[bool]) -> CsvInteractions:
    users, user_of = learners.sorted()
    names, item_of = items.sorted()
    at = moments.values()
    order = np.lexsort((np.arange(len(at)), at, user_of))
    pair = user_of[order].astype(np.int64) * len(names) + item_of[order]
    order = order[np.sort(np.unique(pair, return_index=True)[1])]
    flags = np.array(marked, dtype=bool) if marked else np.zeros(len(at), dtype=bool)
    return CsvInteractions(
        users, names, user_of[order], item_of[order], at[order], flags[order], moments.is_time
    )


def find_files(folder: Path) -> tuple[Path, Path | None]:
    """Return a folder's file of interactions, and that of the items' features or None, found by their headers.

    Interactions have columns for learner, item, and time or position; features an item and no learner.
    """
    if not folder.is_dir():
        raise RequestRefusedError(f"There is no folder {folder}; name one with a CSV of interactions.")
    found: dict[bool, list[Path]] = {True: [], False: []}
    for path in sorted(one for one in folder.iterdir() if one.name.removesuffix(".gz").endswith(SUFFIXES)):
        table = open_table(path)
        if find_column(table, "", ITEM_NAMES) is not None:
            found[find_column(table, "", LEARNER_NAMES) is not None].append(path)
    if len(found[True]) != 1 or len(found[False]) > 1:
        names = ", ".join(path.name for path in found[True]) or "none"
        raise RequestRefusedError(
            f"{folder} must hold one CSV with the columns learner, item and time or position (there: {names}) "
            "and at most one of features."
        )
    return found[True][0], found[False][0] if found[False] else None
