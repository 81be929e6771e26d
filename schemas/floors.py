"""How many people an answer may speak of: at least five, and never so exactly that two answers tell one of them.

A smaller group is not answered. Numbers of people are rounded down to a multiple of the floor, so that the difference
of two answers (yesterday and today, a team and the whole store) is either nothing or at least the floor.
"""

from __future__ import annotations

FLOOR = 5
HIGHEST_FLOOR = 50
"""What a store may raise it to."""


def told(people: int) -> int:
    """Return how many people may be told: 0 below the floor, else the number rounded down to a multiple of it."""
    return people - people % FLOOR


def rounded(number: float, step: int = FLOOR) -> int:
    """Return a number of people or acts as figures tell it: the nearest multiple of the floor, or of a larger step.

    The share of two such numbers leans to neither side.
    """
    return step * int(number / step + 0.5)
