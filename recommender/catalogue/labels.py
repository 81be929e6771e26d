"""The names by language under which people read of skills, roles and teams, which are known by plain names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from lrs.storage.database import Database, StoreId
from recommender.storage.entries import iterate_entries
from recommender.vocabulary.extensions import plain_text, primary_language, spoken_skill


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels by plain name and language (without region); `usual` is the language that has most of them.

    Nobody is named to others for what they did with nuggets that teach a `private` skill.
    """

    by_name: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    usual: str = ""
    private: frozenset[str] = frozenset()

    def find(self, name: str, language: str) -> str:
        """Return how a skill, a role or a team is called in a language, else in the store's usual one.

        One without any label is shown as words: `data-modelling` as "data modelling".
        """
        texts = self.by_name.get(plain_text(name), {})
        found = texts.get(primary_language(language)) or texts.get(self.usual)
        return found or next(iter(texts.values()), "") or spoken_skill(name)


def find_labels(database: Database, store: StoreId) -> Labels:
    """Return the labels of a store."""
    entries = list(iterate_entries(database, store, "labels"))
    entered = {
        entry.key: {primary_language(tag): text for tag, text in entry.values.get("label", {}).items()}
        for entry in entries
    }
    private = frozenset(entry.key for entry in entries if entry.values.get("private"))
    counts = Counter(language for texts in entered.values() for language in texts)
    return Labels(entered, max(counts, key=lambda one: (counts[one], one), default=""), private)
