from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recommender.catalogue.meanings import Meanings
from recommender.catalogue.nuggets import Nugget
from recommender.ranking.doubles import find_doubles
from recommender.storage.meanings import Meaning

FIRE = Nugget("fire-de", titles={"de": "Brandschutz im Büro"}, language="de", skills=("safety",))
TWIN = Nugget("fire-ca", titles={"ca": "Incendis a l'oficina"}, language="ca", skills=("safety",))
OTHER = Nugget("talk-de", titles={"de": "Gespräche führen"}, language="de")
EXPERTS = Nugget("experts-ca", titles={"ca": "Incendis per a experts"}, language="ca", skills=("safety",))
DIRECTIONS = {"fire-de": (100, 0), "fire-ca": (90, 44), "talk-de": (0, 100), "experts-ca": (70, 71)}


def meaning(direction: tuple[int, int]) -> Meaning:
    vector = np.zeros(512, dtype=np.int8)
    vector[:2] = direction
    return Meaning("", vector.tobytes())


MEANINGS = Meanings().with_meanings({name: meaning(one) for name, one in DIRECTIONS.items()})


def left(ranked: Sequence[Nugget], done: Sequence[Nugget] = (), language: str = "") -> list[str]:
    doubles = find_doubles(ranked, done, MEANINGS, language)
    return [nugget.id for position, nugget in enumerate(ranked) if position not in doubles]


def test_of_two_doubles_the_better_one_stays() -> None:
    assert left([FIRE, OTHER, TWIN]) == ["fire-de", "talk-de"]
    assert left([TWIN, OTHER, FIRE], language="es") == ["fire-ca", "talk-de"]


def test_the_double_in_the_language_of_the_learner_stays() -> None:
    assert left([FIRE, OTHER, TWIN], language="ca") == ["talk-de", "fire-ca"]


def test_a_double_of_what_was_done_is_left_out() -> None:
    assert left([FIRE, OTHER], [TWIN], language="de") == ["talk-de"]


def test_doubles_that_were_both_done_are_nothing_to_leave_out() -> None:
    assert left([OTHER], [FIRE, TWIN]) == ["talk-de"]


@pytest.mark.parametrize(
    "changed",
    [
        {"language": "de"},
        {"language": ""},
        {"skills": ("cooking",)},
        {"level": "advanced"},
        {"format": "book"},
        {"titles": {"ca": "Incendis a l'oficina 2"}},
        {"titles": {"ca": "Incendis"}},
    ],
    ids=str,
)
def test_what_differs_in_more_than_the_language_is_no_double(changed: dict[str, object]) -> None:
    values = {"titles": TWIN.titles, "language": "ca", "skills": TWIN.skills, **changed}
    other = Nugget("fire-ca", **values)  # type: ignore[arg-type]
    assert left([FIRE, OTHER, other]) == ["fire-de", "talk-de", "fire-ca"]


def test_a_nugget_has_one_double_in_a_language_the_nearest() -> None:
    assert left([FIRE, EXPERTS, TWIN]) == ["fire-de", "experts-ca"]


def test_without_meanings_nothing_is_left_out() -> None:
    assert find_doubles([FIRE, TWIN], [], Meanings()) == set()
