"""Whether lists listen: stated goals and begun nuggets come first, nothing leads backwards, reasons are not repeated.

Asks for the lists that the learners of a store are served now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from itertools import islice
from typing import Any

from lrs.auth.stores import Store
from lrs.personas import describe_personas
from recommender.messages import catalogue
from recommender.serving.context import Serving
from recommender.serving.nuggets.explanations import Reader, want_text
from recommender.serving.nuggets.recommend import NuggetAnswer, recommend_nuggets, score_catalogue
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.skill_gaps import teaches
from recommender.storage.interactions import iterate_learners
from schemas.recommendations import NuggetQuery

FIRST = 5
MOST_LEARNERS = 1000
NAMES = {
    "goals": "goal open: such a nugget in the first five, named in a reason",
    "begun": "something begun is open: it, or some of it, in the first five",
    "backwards": "nuggets that teach only what was completed at a higher level",
    "repeated": "first reasons told before in the same list",
    "languages": "first reasons that are a language",
}


@dataclass(frozen=True, slots=True)
class Tally:
    """How often something was so, of how many times it could have been."""

    hits: int = 0
    of: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.hits + other.hits, self.of + other.of)

    @property
    def share(self) -> float | None:
        """Return the share; None where it could not have been."""
        return self.hits / self.of if self.of else None


@dataclass(frozen=True, slots=True)
class Listening:
    """What the lists of some learners are like: one tally for each of NAMES."""

    learners: int = 0
    goals: Tally = Tally()
    begun: Tally = Tally()
    backwards: Tally = Tally()
    repeated: Tally = Tally()
    languages: Tally = Tally()

    def __add__(self, other: Listening) -> Listening:
        return Listening(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def as_dict(self) -> dict[str, Any]:
        """Return the figures as plain values."""
        shares = {name: {**asdict(getattr(self, name)), "share": getattr(self, name).share} for name in NAMES}
        return {"learners": self.learners, **shares}

    def as_text(self) -> str:
        """Return the figures as a table."""
        lines = [f"The lists of {self.learners} learners:"]
        for name, text in NAMES.items():
            one: Tally = getattr(self, name)
            share = "-" if one.share is None else f"{one.share:.1%}"
            lines.append(f"  {text:<64} {share:>7}  ({one.hits} of {one.of})")
        return "\n".join(lines)


def measure_lists(serving: Serving, store: Store, most: int = MOST_LEARNERS) -> Listening:
    """Ask for the list of each learner of a store, of `most` of them, and count."""
    found = (_measure(serving, store, identifier) for identifier in islice(_learners(serving, store), most))
    return sum(found, Listening())


def _learners(serving: Serving, store: Store) -> Iterator[str]:
    """Yield an identifier of each learner."""
    for persona, _ in iterate_learners(serving.database, store.id, 1):
        person = describe_personas(serving.database, store.id, [persona]).get(persona)
        if person and person.identifiers:
            yield person.identifiers[0]


def _measure(serving: Serving, store: Store, identifier: str) -> Listening:
    answer = recommend_nuggets(serving, store, NuggetQuery({}, identifier, speaks="en"))
    scored = score_catalogue(serving, store, serving.learners.find(store.id, identifier))
    firsts = [one.reasons[0] for one in answer.recommendations]
    before = [
        {reason for one in answer.recommendations[:rank] for reason in one.reasons}
        for rank in range(len(firsts))
    ]
    return Listening(
        1,
        _goals(scored, answer),
        _begun(scored, answer),
        _backwards(scored, answer),
        _count(first in told for first, told in zip(firsts, before, strict=True)),
        _count(first.startswith(_LANGUAGE) for first in firsts),
    )


_LANGUAGE = str(catalogue("en")["language"]).partition("{")[0]


def _goals(scored: ScoredCatalogue, answer: NuggetAnswer) -> Tally:
    """Return whether a nugget for one of the goals is among the first and says so, if one is open."""
    columns, ready = scored.snapshot.columns, scored.candidates.ready
    wants = [want for want in scored.wants.values() if want.goal]
    opened = [one for one, is_ready in zip(columns.nuggets, ready, strict=True) if is_ready]
    if not any(teaches(nugget, want) for want in wants for nugget in opened):
        return Tally()
    reader = Reader("en", scored.learner.features, scored.wants)
    named = any(
        teaches(columns.nuggets[columns.index[one.activity]], want)
        and want_text(reader, want.skill) in one.reasons
        for want in wants
        for one in answer.recommendations[:FIRST]
    )
    return Tally(int(named), 1)


def _begun(scored: ScoredCatalogue, answer: NuggetAnswer) -> Tally:
    own = {one.item for one in scored.candidates.begun}
    first = {one.activity for one in answer.recommendations[:FIRST]}
    return Tally(int(not own.isdisjoint(first)), 1) if own else Tally()


def _backwards(scored: ScoredCatalogue, answer: NuggetAnswer) -> Tally:
    index = scored.snapshot.columns.index
    return _count(bool(scored.backward[index[one.activity]]) for one in answer.recommendations)


def _count(found: Iterable[bool]) -> Tally:
    values: Sequence[bool] = list(found)
    return Tally(sum(values), len(values))
