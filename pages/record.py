"""A learner's own record: acts a week by modality, what was completed, and skills with where they come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from flask import Blueprint
from markupsafe import Markup
from werkzeug.wrappers import Response

from lrs.resources.requests import note_people
from lrs.storage.stored_time import now_us
from pages.acts import valid_rows
from pages.cards import named, titled
from pages.charts import Chart, Series, Words, stacked_bars
from pages.rendering import page
from pages.tables import Column, Table, Value, as_csv, as_json
from pages.texts import day, language, number, short_day, text
from pages.visitors import require
from recommender.api.requests import serving
from recommender.serving.nuggets.candidates import find_done
from recommender.serving.nuggets.recommend import DAY_US, find_scored
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.nuggets.skill_gaps import HIGHEST, USUAL_LEVEL
from recommender.serving.state.nugget_table import LEVELS
from recommender.storage.interactions import InteractionRow
from recommender.vocabulary.extensions import plain_text
from schemas.catalogue import MODALITIES

WEEKS, DAYS = 12, 7
MONDAY = 3
"""The first of January 1970 was a Thursday, three days after a Monday."""
SCOPE = "record/read/mine"
NAMES, ENDINGS = ("weeks", "completed", "skills"), {"csv": as_csv, "json": as_json}

blueprint = Blueprint("record", __name__)
_PATHS = ("/record", *(f"/record/{name}.{ending}" for name in NAMES for ending in ENDINGS))
AUDITED: tuple[tuple[str, str], ...] = ()
UNAUDITED = {(path, "GET"): "learners read their own record" for path in _PATHS}


@dataclass(frozen=True, slots=True)
class Week:
    """A week by its Monday (days since 1970), and how many acts it had by modality."""

    monday: int
    counts: Mapping[str, int]

    @property
    def total(self) -> int:
        """Return the number of all acts."""
        return sum(self.counts.values())


@blueprint.get("/record")
def get_record() -> Response:
    """Show the learner's record."""
    scored = _open()
    tables = {name: _tables(scored)[name] for name in NAMES}
    weeks = count_weeks(valid_rows(scored.learner))
    return page(
        "learner/record.html",
        title=text("learner.record_title"),
        chart=draw_weeks(weeks),
        tables=tables,
        total=sum(week.total for week in weeks),
    )


def _file(name: str, ending: str) -> Response:
    scored = _open()
    return ENDINGS[ending](_tables(scored)[name])


for _name in NAMES:
    for _ending in ENDINGS:
        blueprint.add_url_rule(
            f"/record/{_name}.{_ending}",
            f"get_{_name}_{_ending}",
            _file,
            defaults={"name": _name, "ending": _ending},
        )


def _open() -> ScoredCatalogue:
    visitor = require(SCOPE)
    store, learner = visitor.credential.store, visitor.credential.learner or ""
    note_people(learner)
    return find_scored(serving(), store, learner)


def count_weeks(rows: Iterable[InteractionRow], now: int | None = None) -> list[Week]:
    """Count acts of positive strength in the last twelve weeks, the oldest first; pure."""
    last = _week_of((now or now_us()) // DAY_US)
    counts: dict[int, Counter[str]] = {week: Counter() for week in range(last - WEEKS + 1, last + 1)}
    for row in rows:
        week = _week_of(row.at // DAY_US)
        if row.strength > 0 and week in counts and row.kind in MODALITIES:
            counts[week][row.kind] += 1
    return [
        Week(week * DAYS - MONDAY, {one: found[one] for one in MODALITIES}) for week, found in counts.items()
    ]


def draw_weeks(weeks: Sequence[Week], *, is_small: bool = False) -> str:
    """Return the chart of the weeks."""
    total = sum(week.total for week in weeks)
    if not total:
        return Markup('<p class="quiet small">{}</p>').format(text("learner.weeks_empty"))
    most = max(weeks, key=lambda week: week.total)
    sentence = text("learner.weeks_sentence", count=total, most=most.total, week=day(most.monday))
    series = tuple(
        Series(text(f"learner.modality_{one}"), tuple(float(week.counts[one]) for week in weeks), one)
        for one in MODALITIES
    )
    caption = "" if is_small else text("learner.weeks_caption")
    ends = (0, len(weeks) - 1)
    labels = tuple(
        short_day(week.monday) if at in ends or not is_small else "" for at, week in enumerate(weeks)
    )
    return stacked_bars(Chart(sentence, caption, text("learner.week_of"), labels, series, _words()))


def _words() -> Words:
    return Words(
        number=number,
        short=number,
        few="",
        nothing=text("learner.weeks_empty"),
        table=text("learner.as_table"),
        dot="",
    )


def _tables(scored: ScoredCatalogue) -> dict[str, Table]:
    return {
        "weeks": _weeks_table(count_weeks(valid_rows(scored.learner))),
        "completed": _completed_table(scored),
        "skills": _skills_table(scored),
    }


def _weeks_table(weeks: Sequence[Week]) -> Table:
    columns = (
        Column("week", text("learner.week_of"), is_time=True),
        *(Column(one, text(f"learner.modality_{one}"), is_number=True) for one in MODALITIES),
    )
    return Table("weeks", columns, [{"week": _iso(week.monday), **week.counts} for week in reversed(weeks)])


def _completed_table(scored: ScoredCatalogue) -> Table:
    """Return the nuggets that the learner completed, the newest first, each once."""
    rows = {row.item: row for row in valid_rows(scored.learner) if row.completed and row.item}
    found = []
    for item, row in sorted(rows.items(), key=lambda one: -one[1].at):
        nugget = scored.snapshot.nugget(item)
        title = titled(nugget)[0] if nugget else item
        kind = named("modality", (nugget.modality if nugget else "") or row.kind)
        found.append({"title": title, "kind": kind, "day": _iso(row.at // DAY_US), "activity": item})
    columns = (
        Column("title", text("learner.nugget")),
        Column("kind", text("learner.modality")),
        Column("day", text("learner.completed_on"), is_time=True),
    )
    return Table("completed", columns, found)


def _skills_table(scored: ScoredCatalogue) -> Table:
    """Return the skills had with their levels, and where each comes from: stated, or from what was completed."""
    labels, features = scored.snapshot.labels, scored.learner.features
    stated = {plain_text(one): HIGHEST for one in features.skills}
    earned: dict[str, tuple[int, str]] = {}
    for nugget in find_done(scored.snapshot, scored.candidates):
        for skill in nugget.skills:
            level = LEVELS.get(nugget.level, USUAL_LEVEL)
            if skill not in earned or level > earned[skill][0]:
                earned[skill] = (level, titled(nugget)[0])
    rows: list[Mapping[str, Value]] = [
        {
            "skill": labels.find(skill, language()),
            "level": stated.get(skill) or earned[skill][0],
            "from": text("learner.stated") if skill in stated else earned[skill][1],
        }
        for skill in {**stated, **earned}
    ]
    columns = (
        Column("skill", text("learner.skill")),
        Column("level", text("learner.level"), is_number=True),
        Column("from", text("learner.comes_from")),
    )
    return Table("skills", columns, sorted(rows, key=lambda row: str(row["skill"]).casefold()))


def _week_of(day_number: int) -> int:
    return (day_number + MONDAY) // DAYS


def _iso(day_number: int) -> str:
    return (datetime(1970, 1, 1, tzinfo=timezone.utc) + timedelta(days=day_number)).date().isoformat()
