"""How dense the Statements of a filter lie: what this process learned from the pages it read.

A hint: it says how wide the next window should be, so that a page is read in one round trip.
"""

from __future__ import annotations

from collections.abc import Hashable

MOST_REMEMBERED = 10_000
WIDEST = 20_000
MARGIN = 1.1
FORGETTING = 0.3


class Densities:
    """The share of Statements that match, by filter; nothing is known of most filters."""

    def __init__(self) -> None:
        self._shares: dict[Hashable, float] = {}

    def expect(self, wanted: Hashable, matches: int) -> int:
        """Return how many Statements probably hold so many matches; as many where nothing is known."""
        share = self._shares.get(wanted, 1.0)
        return min(WIDEST, round(matches / share * (MARGIN if share < 1 else 1)))

    def learn(self, wanted: Hashable, matches: int, statements: int) -> None:
        """Note that among so many Statements there were so many matches."""
        if len(self._shares) >= MOST_REMEMBERED:
            self._shares.clear()
        seen = min(1.0, max(matches, 1) / statements)
        known = self._shares.get(wanted, seen)
        self._shares[wanted] = known + (seen - known) * FORGETTING
