"""Notes what was shown to whom, so that it can be seen what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass

from lrs.personas import PersonaId
from lrs.storage.database import Database, StoreId
from recommender.storage.impressions import (
    Impression,
    ImpressionKind,
    ImpressionNotKeptError,
    insert_impression,
)

_logger = logging.getLogger("recommender.impressions")


@dataclass(frozen=True, slots=True)
class Impressions:
    """Keeps impressions for some days."""

    database: Database
    kept_days: int

    def note(
        self,
        store: StoreId,
        persona: PersonaId | None,
        model: int | None,
        shown: Sequence[str],
        kind: ImpressionKind,
    ) -> None:
        """Keep what an answer showed; nothing of somebody never seen, and no failure reaches the answer."""
        if persona is None or not shown:
            return
        impression = Impression(persona, time.time_ns() // 1000, kind, model, tuple(shown))
        try:
            insert_impression(self.database, store, impression, self.kept_days)
        except ImpressionNotKeptError as error:
            _logger.warning("an impression of store %s was not kept: %s", store, error)
