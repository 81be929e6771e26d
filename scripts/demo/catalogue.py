"""The demo organisation's catalogue: topics, and the nuggets (courses, articles, videos, ...) about them."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from itertools import pairwise

from scripts.demo.vocabulary import FORMATS

SITE = "https://tramuntana-energy.example"
LEVELS = ("beginner", "intermediate", "advanced")


@dataclass(frozen=True, slots=True)
class Topic:
    """A field of learning, the skills in it, and the topics people go on to."""

    key: str
    name: str
    area: str
    skills: tuple[str, ...]
    leads_to: tuple[str, ...]
    search_terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Nugget:
    """One thing to learn from; `id` is its Activity IRI, `course` the IRI of the course it is a part of."""

    id: str
    topic: str
    format: str
    level: str
    language: str
    minutes: int
    skills: tuple[str, ...]
    title: str
    english: str
    course: str = ""

    @property
    def depth(self) -> int:
        """The level as a number: 0 for beginners to 2 for the advanced."""
        return LEVELS.index(self.level)


@dataclass(frozen=True, slots=True)
class Course:
    """A course and its units in order: modules, then the quiz."""

    nugget: Nugget
    units: tuple[Nugget, ...]


@dataclass(frozen=True)
class Catalogue:
    """All topics, nuggets and courses, in the order of the catalogue's files."""

    topics: Mapping[str, Topic]
    nuggets: tuple[Nugget, ...]

    @cached_property
    def courses(self) -> dict[str, Course]:
        """Courses by the IRI of their nugget."""
        return {nugget.id: Course(nugget, self._units_of(nugget)) for nugget in self._of_format("course")}

    @cached_property
    def threads(self) -> dict[str, tuple[Nugget, ...]]:
        """Question threads by topic."""
        return {
            key: tuple(n for n in self._of_format("question-thread") if n.topic == key) for key in self.topics
        }

    @cached_property
    def standalone(self) -> dict[str, tuple[Nugget, ...]]:
        """What a learner may choose in each topic: everything but units of courses and question threads."""
        chosen = [n for n in self.nuggets if not n.course and n.format != "question-thread"]
        return {key: tuple(n for n in chosen if n.topic == key) for key in self.topics}

    @cached_property
    def prerequisites(self) -> dict[str, str]:
        """The course that comes before a course of a higher level in the same topic, by their IRIs."""
        found: dict[str, str] = {}
        for topic in self.topics:
            line = sorted((n for n in self._of_format("course") if n.topic == topic), key=lambda n: n.depth)
            found |= {after.id: before.id for before, after in pairwise(line) if before.depth < after.depth}
        return found

    def _of_format(self, form: str) -> list[Nugget]:
        return [nugget for nugget in self.nuggets if nugget.format == form]

    def _units_of(self, course: Nugget) -> tuple[Nugget, ...]:
        return tuple(nugget for nugget in self.nuggets if nugget.course == course.id)


def read_table(name: str) -> list[dict[str, str]]:
    """Rows of one of the data files beside this module."""
    text = files("scripts.demo").joinpath(name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))


def slug_of(text: str) -> str:
    """Lower-case ASCII words joined by hyphens, for IRIs and account names."""
    spelled = text.replace("ß", "ss").replace("\N{LATIN SMALL LETTER DOTLESS I}", "i")
    plain = unicodedata.normalize("NFKD", spelled).encode("ascii", "ignore").decode()
    return "-".join("".join(c if c.isalnum() else " " for c in plain.lower()).split())


def build_catalogue() -> Catalogue:
    """The catalogue written down in `topics.csv` and `nuggets.csv`."""
    topics = {row["key"]: _topic_of(row) for row in read_table("topics.csv")}
    return Catalogue(topics=topics, nuggets=tuple(_read_nuggets()))


def _topic_of(row: Mapping[str, str]) -> Topic:
    return Topic(
        key=row["key"],
        name=row["name"],
        area=row["area"],
        skills=tuple(row["skills"].split(";")),
        leads_to=tuple(row["leads_to"].split(";")),
        search_terms=tuple(row["search_terms"].split(";")),
    )


def _read_nuggets() -> Iterator[Nugget]:
    """Nuggets row by row; modules and quizzes belong to the course above them."""
    course, unit = "", 0
    for row in read_table("nuggets.csv"):
        is_unit = row["format"] in ("module", "quiz")
        unit = unit + 1 if is_unit else 0
        part = "quiz" if row["format"] == "quiz" else f"modules/{unit}"
        iri = f"{course}/{part}" if is_unit else _iri_of(row)
        course = iri if row["format"] == "course" else course
        yield _nugget_of(row, iri, course if is_unit else "")


def _iri_of(row: Mapping[str, str]) -> str:
    return f"{SITE}/learn/{FORMATS[row['format']].folder}/{slug_of(row['title'])}"


def _nugget_of(row: Mapping[str, str], iri: str, course: str) -> Nugget:
    return Nugget(
        id=iri,
        topic=row["topic"],
        format=row["format"],
        level=row["level"],
        language=row["language"],
        minutes=int(row["minutes"]),
        skills=tuple(row["skills"].split(";")),
        title=row["title"],
        english=row["english"],
        course=course,
    )
