from __future__ import annotations

import gc
import weakref

from lrs.personas import PersonaId
from recommender.catalogue.nuggets import Nugget
from recommender.serving.state.nugget_table import build_columns
from recommender.serving.state.showings import COLUMNS_KEPT, ENOUGH, Showings


def test_what_is_missing_is_known_for_few_catalogues() -> None:
    showings = Showings(0.0, 0, {"a": frozenset({PersonaId()})})
    catalogues = [build_columns([Nugget("a"), Nugget("b")]) for _ in range(COLUMNS_KEPT + 1)]
    for columns in catalogues:
        assert showings.missing(columns).tolist() == [ENOUGH - 1, ENOUGH]
    first = weakref.ref(catalogues[0].levels)
    del catalogues, columns
    gc.collect()
    assert first() is None
