"""The catalogue as it is scored for one learner: what lists, peers and paths start from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recommender.catalogue.meanings import Meanings
from recommender.ranking.lists import ListSettings
from recommender.serving.nuggets.candidates import Candidates
from recommender.serving.nuggets.lately import RecentUse
from recommender.serving.nuggets.scores import Scores
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.serving.state.learners import Learner

Array = np.ndarray[Any, np.dtype[Any]]


@dataclass(frozen=True, slots=True)
class ScoredCatalogue:
    """The catalogue scored for a learner: the candidates, the scores with all boosts, and the skills wanted.

    `lists` say by which popularity penalty the scores were changed, and how diverse the list is. `backward` marks
    nuggets that teach only what the learner has completed at a higher level (I). `promised` are positions of what comes
    first in the list that is asked for. `meanings` tell which nuggets say the same,
    `recent_use` who used them lately.
    """

    snapshot: CatalogueSnapshot
    learner: Learner
    candidates: Candidates
    scores: Scores
    wants: Mapping[str, Want]
    backward: Array
    recent_use: RecentUse | None = None
    promised: tuple[int, ...] = ()
    lists: ListSettings = ListSettings(0.0, 0.0)
    meanings: Meanings = Meanings()
