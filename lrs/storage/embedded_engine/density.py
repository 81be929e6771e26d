"""Estimates how many Statements must be scanned to find one match, from the pages that this process has read.

The estimate decides how wide the next window is, so that most pages are read in one round trip.
"""

from __future__ import annotations

from collections.abc import Hashable

MOST_REMEMBERED = 10_000
WIDEST = 20_000
MARGIN = 1.1
FORGETTING = 0.3


class Densities:
    """For each filter, how many Statements are scanned per match; most filters have no estimate."""

    def __init__(self) -> None:
        self._spacings: dict[Hashable, float] = {}

    def expect(self, wanted: Hashable, matches: int, margin: float = MARGIN) -> int:
        """Return how many Statements to scan for so many matches; the same number if there is no estimate."""
        spacing = self._spacings.get(wanted)
        return matches if spacing is None else min(WIDEST, round(matches * spacing * margin))

    def learn(self, wanted: Hashable, matches: int, statements: int) -> None:
        """Record that a scan of so many Statements found so many matches.

        There may be fewer Statements than matches, where they are counted by landmarks and the last are in none yet.
        """
        if len(self._spacings) >= MOST_REMEMBERED:
            self._spacings.clear()
        seen = statements / max(matches, 1)
        known = self._spacings.get(wanted, seen)
        self._spacings[wanted] = known + (seen - known) * FORGETTING
