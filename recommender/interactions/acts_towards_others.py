"""Acts of one learner towards another (answered, mentored, followed, ...), and what they say about the two."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

Acts = Mapping[str, int]
"""What one learner did towards another: canonical verbs with their strengths."""

HELPING = ("answered", "mentored", "commented", "shared", "collaborated")
"""Verbs of a learner who helps the other. Any other verb (asked, followed, ...) trusts the other to know more."""
FULL_STRENGTH = 8.0
"""Acts whose strengths add up to this weigh 1, and more do not weigh more."""


def weight(strengths: Iterable[int]) -> float:
    """Return how much acts with these strengths weigh together, from 0 to 1; negative acts (blocked) lower it."""
    return min(1.0, max(0.0, sum(strengths) / FULL_STRENGTH))


def help_weight(done: Acts, received: Acts) -> float:
    """Return from 0 to 1 how clearly one learner knows more than another and likes to help.

    That is shown by helping acts `done` towards the other, and by trusting acts `received` from the other.
    """
    helping = [strength for verb, strength in done.items() if verb in HELPING]
    trusting = [strength for verb, strength in received.items() if verb not in HELPING]
    return weight(helping + trusting)
