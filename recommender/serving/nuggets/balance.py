"""What a learner's list should be made of: the skills of goals, role and the last months, and the modalities used."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from recommender.interactions.history import History, Positive
from recommender.ranking.calibration import Balance
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.state.nugget_table import NuggetColumns

Array = np.ndarray[Any, np.dtype[Any]]
DAY_US = 86_400_000_000
HALF_LIFE_DAYS, MOST_DAYS = 60, 3650
MOST_SKILLS = 20

Shares = Mapping[str, float]


def find_balance(
    columns: NuggetColumns, history: History, wants: Mapping[str, Want], weight: float
) -> Balance | None:
    """Return the shares wanted of skills and modalities; None where nothing is known or the weight is 0."""
    taken = [(columns.index[one.item], share) for one, share in _of_months(history.positives, columns.index)]
    skills = _skills(columns, taken, wants)
    modalities = _normal(_sums((columns.nuggets[one].modality, share) for one, share in taken))
    if weight == 0.0 or not (skills or modalities):
        return None

    def parts(positions: Array) -> Array:
        return np.array([_parts(columns, int(one), list(skills), list(modalities)) for one in positions])

    return Balance(np.array([*skills.values(), *modalities.values()]), parts, weight)


def _of_months(positives: Sequence[Positive], known: Mapping[str, int]) -> Iterator[tuple[Positive, float]]:
    """Yield the nuggets taken with how much each counts: it fades, and those of a busy day share less than they add.

    What is older than ten years (or wrongly dated) counts as if it were ten years old, which is next to nothing.
    Eight nuggets of one day count as much as those of less than three days with one nugget each.
    """
    taken = [one for one in positives if one.item in known]
    on_day = Counter(one.at // DAY_US for one in taken)
    for one in taken:
        days = min(MOST_DAYS, (taken[-1].at - one.at) / DAY_US)
        yield one, 0.5 ** (days / HALF_LIFE_DAYS) / on_day[one.at // DAY_US] ** 0.5


def _skills(columns: NuggetColumns, taken: Sequence[tuple[int, float]], wants: Mapping[str, Want]) -> Shares:
    """Return the shares of the skills of the past, of goals and of the role, which count alike, the 20 largest."""
    of_past = _sums(
        (skill, share / len(columns.nuggets[one].skills))
        for one, share in taken
        for skill in columns.nuggets[one].skills
    )
    taught = [want for want in wants.values() if want.skill in columns.skills]
    of_goals = _sums((want.skill, want.need) for want in taught if want.goal)
    of_role = _sums((want.skill, want.need) for want in taught if not want.goal)
    sources = [_normal(one) for one in (of_past, of_goals, of_role)]
    total = _sums(pair for source in sources for pair in source.items())
    largest = sorted(total.items(), key=lambda one: (-one[1], one[0]))[:MOST_SKILLS]
    return _normal(dict(largest))


def _parts(columns: NuggetColumns, position: int, skills: list[str], modalities: list[str]) -> list[float]:
    nugget = columns.nuggets[position]
    of_skills = [(skill in nugget.skills) / max(1, len(nugget.skills)) for skill in skills]
    return [*of_skills, *(float(nugget.modality == one) for one in modalities)]


def _sums(pairs: Iterable[tuple[str, float]]) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    for name, share in pairs:
        if name:
            found[name] += share
    return found


def _normal(shares: Shares) -> dict[str, float]:
    """Return the shares above 0, scaled so that they add up to 1."""
    total = sum(shares.values())
    return {name: share / total for name, share in shares.items() if share > 0} if total else {}
