"""Who can help: on a question site, how often those who answered were among the ten people found for the tags.

`learnerprise quality FOLDER` prints it where the folder holds `questions.csv` and `answers.csv`:
`expert_rows(measure_experts(read_answers(folder)))` are its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from lrs.ingestion.tables import open_table
from recommender.evaluation.csv_times import Moments
from recommender.evaluation.goals import QualityRow, compare
from recommender.ranking.experts import DAY_US, KnowingActs, expertise
from recommender.ranking.load_cap import spread_load

Array = np.ndarray[Any, np.dtype[Any]]
QUESTIONS, ANSWERS = "questions.csv", "answers.csv"
K, CAP, CAP_DAYS = 10, 20, 7
NEWEST = 0.2
OURS, COUNTING, CAPPED = "ours", "counting", "capped"
HIT_TARGET, NDCG_TARGET, CAPPED_TARGET = 0.97, 0.92, 0.8
"""What the ratios to counting must reach."""


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """One answer: when (us), to which question, by whom, of whom, and the tags of the question."""

    at: int
    question: str
    answerer: str
    asker: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpertsMeasured:
    """For each way to find experts the gain of each answer asked for: 1 at rank 1, less below, 0 where not found.

    `most_shown` is how often the most shown person was shown within a week with the load cap.
    """

    gains: dict[str, Array]
    most_shown: int


def measure_experts(answers: Sequence[GivenAnswer]) -> ExpertsMeasured:
    """Ask for each answer of the newest fifth who can help with its tags; all answers before it are known.

    Compared are people by expertise, without and with the load cap, and by their answers counted for each tag and
    weighted by its rarity. No way shows the one who asks.
    """
    ordered = sorted(answers, key=lambda one: one.at)
    past = _Past(sorted({one.answerer for one in ordered}))
    start = int(len(ordered) * (1 - NEWEST))
    load = _Load(len(past.people))
    gains: dict[str, list[float]] = defaultdict(list)
    for place, answer in enumerate(ordered):
        if place >= start:
            ours = past.score(answer, _by_expertise)
            shown = load.shown(answer.at)
            spread = spread_load(ours, shown, CAP)
            load.note(_best(spread), answer.at)
            scores = {OURS: ours, COUNTING: past.score(answer, _by_count), CAPPED: spread}
            for way, values in scores.items():
                gains[way].append(_gain(values, past.people[answer.answerer]))
        past.add(answer)
    return ExpertsMeasured({way: np.array(found) for way, found in gains.items()}, load.most)


def expert_rows(measured: ExpertsMeasured) -> Iterator[QualityRow]:
    """Yield the share of answers whose author was found, and NDCG, beside counting answers by tag."""
    gains, hits = measured.gains, {way: (found > 0) * 1.0 for way, found in measured.gains.items()}
    rows = (
        ("HR@10 of experts / counting answers by tag", hits[OURS], hits[COUNTING], HIT_TARGET),
        ("NDCG@10 of experts / counting answers by tag", gains[OURS], gains[COUNTING], NDCG_TARGET),
        ("HR@10 with the load cap / counting without", hits[CAPPED], hits[COUNTING], CAPPED_TARGET),
    )
    for work, ours, theirs, target in rows:
        yield compare(work, (ours, theirs), target)


def read_answers(folder: Path) -> list[GivenAnswer]:
    """Read `questions.csv` (question, asker, tags with | between) and `answers.csv` (question, answerer, time).

    Answers without an author, to unknown questions and to the own question are left out. Raises RequestRefusedError.
    """
    table = open_table(folder / QUESTIONS)
    question, asker, tags = (table.column(name) for name in ("question", "asker", "tags"))
    asked = {
        cells[question]: (cells[asker], tuple(filter(None, cells[tags].split("|"))))
        for _, cells in table.rows()
    }
    table = open_table(folder / ANSWERS)
    question, answerer, time = (table.column(name) for name in ("question", "answerer", "time"))
    moments, rows = Moments(is_time=True), list[tuple[str, str]]()
    for line, cells in table.rows():
        moments.add(f"{ANSWERS}, line {line}, column time", cells[time])
        rows.append((cells[question], cells[answerer]))
    return [
        GivenAnswer(int(at), name, who, *asked[name])
        for (name, who), at in zip(rows, moments.values(), strict=True)
        if name in asked and who and who != asked[name][0]
    ]


class _Past:
    """The answers known so far, by tag."""

    def __init__(self, people: Sequence[str]) -> None:
        self.people = {name: position for position, name in enumerate(people)}
        self._by_tag: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self._questions_of: dict[str, set[str]] = defaultdict(set)
        self._questions: set[str] = set()

    def add(self, answer: GivenAnswer) -> None:
        """Learn of an answer."""
        self._questions.add(answer.question)
        for tag in answer.tags:
            self._by_tag[tag].append((self.people[answer.answerer], answer.at))
            self._questions_of[tag].add(answer.question)

    def score(self, asked: GivenAnswer, way: Callable[[KnowingActs, Array, int, int], Array]) -> Array:
        """Return the scores of all people for the tags of a question."""
        acts = [
            (person, part, 1.0, at)
            for part, tag in enumerate(asked.tags)
            for person, at in self._by_tag.get(tag, ())
        ]
        if not acts:
            return np.zeros(len(self.people))
        total, rare = 1 + len(self._questions), [len(self._questions_of[tag]) for tag in asked.tags]
        weights = np.log(1 + total / (1 + np.array(rare)))
        scores = way(
            KnowingActs(*(np.array(column) for column in zip(*acts, strict=True))),
            weights,
            len(self.people),
            asked.at,
        )
        if asked.asker in self.people:
            scores[self.people[asked.asker]] = 0.0
        return scores


class _Load:
    """To how many askers each person was shown in the last days."""

    def __init__(self, people: int) -> None:
        self._times: list[list[int]] = [[] for _ in range(people)]
        self.most = 0

    def shown(self, now: int) -> Array:
        """Return the number of times that each person was shown in the period until now."""
        self._times = [[at for at in times if at > now - CAP_DAYS * DAY_US] for times in self._times]
        counts = np.array([len(times) for times in self._times])
        self.most = max(self.most, int(counts.max(initial=0)))
        return counts

    def note(self, people: Array, now: int) -> None:
        """Note that people were shown."""
        for person in people:
            self._times[person].append(now)


def _by_expertise(acts: KnowingActs, weights: Array, people: int, now: int) -> Array:
    return expertise(acts, weights, people, now)


def _by_count(acts: KnowingActs, weights: Array, people: int, now: int) -> Array:
    return np.bincount(acts.people, weights[acts.parts], minlength=people)


def _best(scores: Array) -> Array:
    positions = np.flatnonzero(scores > 0)
    return np.asarray(positions[np.argsort(-scores[positions], kind="stable")[:K]])


def _gain(scores: Array, right: int) -> float:
    ranks = np.flatnonzero(_best(scores) == right)
    return float(1 / np.log2(2 + ranks[0])) if len(ranks) else 0.0
