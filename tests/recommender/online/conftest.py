"""Impressions at times of one's choice, for learners named by first names."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from lrs.auth.stores import Store
from lrs.personas import PersonaId, find_or_create_personas
from lrs.storage.database import Database
from recommender.storage.impressions import Impression, ImpressionKind, insert_impressions

START_US = 1_760_000_000_000_000
MINUTE_US = 60_000_000
FOR_EVER_DAYS = 36_500

Show = Callable[..., None]


@pytest.fixture
def persona(database: Database, store: Store, identifier: Callable[[str], str]) -> Callable[[str], PersonaId]:
    """Return the persona of a learner, made when needed."""

    def find(name: str) -> PersonaId:
        return find_or_create_personas(database, store.id, {identifier(name): None})[identifier(name)]

    return find


@pytest.fixture
def show(database: Database, store: Store, persona: Callable[[str], PersonaId]) -> Show:
    """Note that a model version showed something to a learner, a number of minutes after the start."""

    def keep(
        name: str, shown: Sequence[str], minute: int, model: int | None = 1, kind: ImpressionKind = "nuggets"
    ) -> None:
        impression = Impression(persona(name), START_US + minute * MINUTE_US, kind, model, tuple(shown))
        insert_impressions(database, store.id, [impression], FOR_EVER_DAYS)

    return keep
