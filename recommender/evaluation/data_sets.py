"""Folders of data sets that `learnerprise quality` measures on: which file is what, and how it is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lrs.errors import RequestRefusedError
from lrs.ingestion.tables import open_table
from recommender.catalogue.nuggets import Nugget
from recommender.evaluation.csv_nuggets import read_nuggets
from recommender.evaluation.csv_rows import ITEM_NAMES, LEARNER_NAMES, USUAL, CsvColumns, find_column
from recommender.vocabulary.extensions import plain_text

SUFFIXES = (".csv", ".tsv")
ROWS, FEATURES, STEPS = "interactions", "features", "steps"
STEP_COLUMNS = frozenset({"course", "learner", "unit", "time"})
RATINGS, FILMS, GENRES = "u.data", "u.item", "u.genre"
RATING_COLUMNS = CsvColumns(learner="1", item="2", rating="3", time="4", min_rating=4)
RATING_SHARE = 0.2
FILM_COLUMNS = 5
"""Before the genres a film has its number, its title, two dates and an address."""


@dataclass(frozen=True, slots=True)
class Targets:
    """What the ratios must reach at least; None where a data set sets no goal.

    `ids`, `best_other` and `auc` are of the blend, `cold` of cold nuggets, `newcomers` of learners with 1-5 events
    (against EASE-recency and against popularity), `helper` and `mutual` of peers.
    """

    ids: float
    best_other: float
    cold: float
    newcomers: float
    auc: float | None = None
    newcomers_popularity: float | None = None
    helper: float | None = None
    mutual: float | None = None


COURSES = Targets(1.55, 1.05, 1.5, 1.05, auc=1.0, newcomers_popularity=2.0, helper=2.0, mutual=5.0)
MOVIELENS = Targets(ids=1.33, best_other=1.15, cold=1.25, newcomers=1.0)


@dataclass(frozen=True, slots=True)
class DataSet:
    """A file of interactions, how to read it, what is known of the items, and how it is judged.

    `by_learner` is the newest share of each learner that is held out; 0: as the file says, or the newest by time.
    """

    interactions: Path
    columns: CsvColumns
    nuggets: Mapping[str, Nugget]
    by_learner: float
    targets: Targets


def find_data_set(folder: Path) -> DataSet | None:
    """Return what a folder holds: MovieLens 100K as it is published, or one CSV of interactions and one of features.

    Interactions have columns for learner, item, and time or position; features an item and no learner. None where
    there are only steps of courses.
    """
    if not folder.is_dir():
        raise RequestRefusedError(f"There is no folder {folder}; name one with a CSV of interactions.")
    if (folder / RATINGS).is_file():
        return DataSet(folder / RATINGS, RATING_COLUMNS, _films(folder), RATING_SHARE, MOVIELENS)
    found = {
        kind: [path for path in _tables(folder) if _kind(path) == kind] for kind in (ROWS, FEATURES, STEPS)
    }
    if not found[ROWS] and found[STEPS]:
        return None
    if len(found[ROWS]) != 1 or len(found[FEATURES]) > 1:
        names = ", ".join(path.name for path in found[ROWS]) or "none"
        raise RequestRefusedError(
            f"{folder} must hold one CSV with the columns learner, item and time or position (there: {names}) "
            f"and at most one of features, or the files of MovieLens 100K ({RATINGS}, {FILMS}, {GENRES})."
        )
    nuggets = read_nuggets(found[FEATURES][0]) if found[FEATURES] else {}
    return DataSet(found[ROWS][0], USUAL, nuggets, 0.0, COURSES)


def find_steps(folder: Path) -> list[Path]:
    """Return the files of a folder with the steps that learners took in courses."""
    return [path for path in _tables(folder) if _kind(path) == STEPS]


def _tables(folder: Path) -> list[Path]:
    return sorted(one for one in folder.iterdir() if one.name.removesuffix(".gz").endswith(SUFFIXES))


def _kind(path: Path) -> str:
    """Tell by its header what a table holds; empty for anything else."""
    table = open_table(path)
    if set(table.header) >= STEP_COLUMNS:
        return STEPS
    if find_column(table, "", ITEM_NAMES) is None:
        return ""
    return FEATURES if find_column(table, "", LEARNER_NAMES) is None else ROWS


def _films(folder: Path) -> dict[str, Nugget]:
    """Return the films of MovieLens 100K with their titles and genres; nothing where a file is missing."""
    if not all((folder / name).is_file() for name in (FILMS, GENRES)):
        return {}
    genres = [cells[0] for _, cells in open_table(folder / GENRES, ("1",)).rows()]
    films = {}
    for _, cells in open_table(folder / FILMS, ("1",), "latin-1").rows():
        flags = zip(genres, cells[FILM_COLUMNS:], strict=False)
        skills = tuple(f"genre:{plain_text(genre)}" for genre, flag in flags if flag == "1")
        films[cells[0]] = Nugget(cells[0], titles={"und": cells[1]}, skills=skills)
    return films
