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
    """How many Statements hold one match, by filter; nothing is known of most filters."""

    def __init__(self) -> None:
        self._spacings: dict[Hashable, float] = {}

    def expect(self, wanted: Hashable, matches: int, margin: float = MARGIN) -> int:
        """Return how many Statements probably hold so many matches; as many where nothing is known."""
        spacing = self._spacings.get(wanted)
        return matches if spacing is None else min(WIDEST, round(matches * spacing * margin))

    def learn(self, wanted: Hashable, matches: int, statements: int) -> None:
        """Note that among so many Statements there were so many matches.

        There may be fewer Statements than matches, where they are counted by landmarks and the last are in none yet.
        """
        if len(self._spacings) >= MOST_REMEMBERED:
            self._spacings.clear()
        seen = statements / max(matches, 1)
        known = self._spacings.get(wanted, seen)
        self._spacings[wanted] = known + (seen - known) * FORGETTING
