"""For how long a store keeps which Statements."""

from __future__ import annotations

from dataclasses import dataclass

MOST_RULES, MOST_DAYS = 50, 36_500


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """Statements are kept for so many days: all of them, or those with a verb, or stored with a credential, or both."""

    days: int
    verb: str = ""
    credential: str = ""

    @property
    def about(self) -> tuple[str, str]:
        """Which Statements the rule is about; a store has one rule about each."""
        return self.verb, self.credential
