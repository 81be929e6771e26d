"""Features of items from a CSV, with one row for each feature or for each item, as nuggets."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from lrs.errors import RequestRefusedError
from lrs.ingestion.tables import Table, open_table
from recommender.catalogue.nuggets import Nugget
from recommender.evaluation.csv_rows import ITEM_NAMES, find_column
from recommender.vocabulary.extensions import plain_text, primary_language
from schemas.catalogue import MODALITIES

RELATION, VALUE = "relation", "value"
TITLES = frozenset({"title", "name"})
SINGLE = frozenset({"format", "level", "owner", "type", "language", "modality"})
LIST_SIGN = "|"
MOST_SKILLS = 200


def read_nuggets(path: Path, item: str = "", encoding: str = "utf-8-sig") -> dict[str, Nugget]:
    """Read features: one row a feature where there are columns item, relation and value, else one row an item.

    Relations (or columns) title, language, modality, format, level, owner and type mean the same as of nuggets;
    every other one becomes a skill, as `relation:value`. `|` separates several values of a cell.
    RequestRefusedError names the line.
    """
    table = open_table(path, encoding=encoding)
    place = find_column(table, item, ITEM_NAMES)
    if place is None:
        there = ", ".join(table.header)
        raise RequestRefusedError(f"{path.name}: name the column of the item; it has: {there}.")
    is_long = {RELATION, VALUE} <= set(table.header)
    pairs = _long_pairs(table, place) if is_long else _wide_pairs(table, place)
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for name, relation, value in pairs:
        found[name].append((relation, value))
    return {name: _nugget(name, features) for name, features in found.items()}


def _long_pairs(table: Table, item: int) -> Iterator[tuple[str, str, str]]:
    relation, value = table.column(RELATION), table.column(VALUE)
    for line, cells in table.rows():
        yield _name(table, line, cells[item]), cells[relation].strip().lower(), cells[value].strip()


def _wide_pairs(table: Table, item: int) -> Iterator[tuple[str, str, str]]:
    columns = [(place, name.lower()) for place, name in enumerate(table.header) if place != item]
    for line, cells in table.rows():
        own = _name(table, line, cells[item])
        yield own, "", ""
        for place, relation in columns:
            for value in cells[place].split(LIST_SIGN):
                yield own, relation, value.strip()


def _name(table: Table, line: int, text: str) -> str:
    if not text.strip():
        raise RequestRefusedError(
            f"{table.path.name}, line {line}: the item is empty; fill it or drop the line."
        )
    return text.strip()


def _nugget(name: str, features: Iterable[tuple[str, str]]) -> Nugget:
    single: dict[str, str] = {}
    skills: dict[str, None] = {}
    for relation, value in features:
        if not value:
            continue
        if relation in TITLES | SINGLE:
            single.setdefault("title" if relation in TITLES else relation, value)
        else:
            skills[f"{relation}:{plain_text(value)}"] = None
    language = primary_language(single.get("language", ""))
    modality = single.get("modality", "").lower()
    return Nugget(
        name,
        titles={language or "und": single["title"]} if "title" in single else {},
        language=language,
        modality=modality if modality in MODALITIES else "",
        skills=tuple(skills)[:MOST_SKILLS],
        format=plain_text(single.get("format")),
        level=plain_text(single.get("level")),
        owner=plain_text(single.get("owner")),
        type=single.get("type", ""),
    )
