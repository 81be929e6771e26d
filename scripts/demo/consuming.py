"""How nuggets are taken: courses unit by unit, articles, videos, podcasts and books as they come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from scripts.demo.acts import Outcome
from scripts.demo.catalogue import Nugget
from scripts.demo.memory import Attempt, Company, Mind

_PASS_MARK = 70
_NEEDED_UNITS = 3


def consume(mind: Mind, nugget: Nugget, company: Company) -> bool:
    """Take the nugget, as far as this learner goes; whether it was finished."""
    mind.opened.add(nugget.id)
    mind.last = nugget
    finished = _WAYS[nugget.format](mind, nugget, company)
    if finished:
        remember_finished(mind, nugget, company)
    return finished


def remember_finished(mind: Mind, nugget: Nugget, company: Company) -> None:
    """The learner knows more now, and colleagues can see it."""
    mind.finished.add(nugget.id)
    mind.mastery[nugget.topic] += _learning_of(nugget)
    company.note(mind.learner, nugget)


def continue_course(mind: Mind, company: Company) -> Nugget:
    """Take the next unit of the course begun last; the unit."""
    course_id, attempt = next(reversed(mind.attempts.items()))
    course = company.catalogue.courses[course_id]
    unit = course.units[attempt.next_unit]
    if mind.launched != course_id:
        mind.launched = course_id
        mind.act("launched", course.nugget)
        mind.wait(5, 40)
    if consume(mind, unit, company):
        attempt.next_unit += 1
    if attempt.next_unit == len(course.units):
        _finish_course(mind, course.nugget, company)
    return unit


def _learning_of(nugget: Nugget) -> float:
    return {"course": 0.7, "module": 0.0, "quiz": 0.0, "book": 0.5}.get(nugget.format, 0.28)


def _finish_course(mind: Mind, course: Nugget, company: Company) -> None:
    mind.wait(2, 20)
    mind.act("completed", course, Outcome(seconds=course.minutes * 60.0, completed=True))
    del mind.attempts[course.id]
    remember_finished(mind, course, company)


def _take_course(mind: Mind, nugget: Nugget, company: Company) -> bool:
    """Sign up and begin, or begin again where it was left; the last unit, most often days later, ends it."""
    units_done = sum(unit.id in mind.finished for unit in company.catalogue.courses[nugget.id].units)
    mind.attempts[nugget.id] = Attempt(mind.identify(), units_done)
    mind.act("registered", nugget)
    mind.wait(10, 90)
    continue_course(mind, company)
    return False


def _take_module(mind: Mind, nugget: Nugget, _: Company) -> bool:
    mind.act("initialized", nugget)
    seconds = _spend(mind, nugget)
    finished = mind.happens(0.6 + 0.4 * mind.interests.diligence)
    if finished:
        mind.act("completed", nugget, Outcome(seconds=seconds, completed=True))
        mind.wait(1, 5)
    mind.act("terminated", nugget, Outcome(seconds=seconds))
    return finished


def _take_quiz(mind: Mind, nugget: Nugget, _: Company) -> bool:
    """Try, and try again at once or another day after a failure."""
    for _attempt in range(2):
        mind.act("initialized", nugget)
        seconds = _spend(mind, nugget)
        score = round(min(100.0, mind.rng.gauss(70 + 18 * mind.interests.diligence, 13)))
        passed = score >= _PASS_MARK
        outcome = Outcome(seconds=seconds, completed=True, success=passed, score=max(5, score))
        mind.act("passed" if passed else "failed", nugget, outcome)
        mind.wait(1, 6)
        mind.act("terminated", nugget, Outcome(seconds=seconds))
        if passed or mind.happens(0.5):
            return passed
        mind.wait(200, 1200)
    return False


def _take_article(mind: Mind, nugget: Nugget, _: Company) -> bool:
    """A glance by many, read to the end by those who care."""
    mind.act("viewed", nugget)
    if not _cares(mind, nugget):
        mind.wait(15, 60)
        return False
    seconds = _spend(mind, nugget)
    mind.act("read", nugget, Outcome(seconds=seconds, progress=1.0))
    mind.wait(1, 3)
    mind.act("completed", nugget, Outcome(seconds=seconds, completed=True))
    return True


def _take_video(mind: Mind, nugget: Nugget, _: Company) -> bool:
    session, length, position = mind.identify(), nugget.minutes * 60.0, 0.0
    cares = _cares(mind, nugget)
    for stop in _stops(mind, cares):
        _watch(mind, nugget, session, (position, round(stop * length, 1)))
        position = round(stop * length, 1)
        mind.wait(20, 400)
    if cares:
        outcome = Outcome(seconds=length, completed=True, progress=1.0, played=(0.0, length))
        _player(mind, "completed", nugget, outcome, session)
    return cares


def _watch(mind: Mind, nugget: Nugget, session: str, segment: tuple[float, float]) -> None:
    """One stretch between pressing play and pressing pause."""
    start, stop = segment
    _player(mind, "played", nugget, Outcome(played=(start, start)), session)
    mind.now += int((stop - start) * 1000)
    if stop < nugget.minutes * 60.0:
        progress = round(stop / (nugget.minutes * 60.0), 3)
        _player(mind, "paused", nugget, Outcome(progress=progress, played=(start, stop)), session)


def _player(mind: Mind, verb: str, nugget: Nugget, outcome: Outcome, session: str) -> None:
    act = mind.act(verb, nugget, outcome)
    mind.done[-1] = replace(act, session=session)


def _stops(mind: Mind, cares: bool) -> list[float]:
    """Where the player was paused, as shares of the length."""
    pauses = sorted(
        round(mind.rng.uniform(0.1, 0.9), 3) for _ in range(mind.rng.choices((0, 1, 2), (5, 3, 1))[0])
    )
    return [*pauses, 1.0] if cares else [round(mind.rng.uniform(0.03, 0.3), 3)]


def _take_podcast(mind: Mind, nugget: Nugget, _: Company) -> bool:
    cares = _cares(mind, nugget)
    progress = 1.0 if cares else round(mind.rng.uniform(0.05, 0.5), 2)
    seconds = round(nugget.minutes * 60 * progress, 1)
    mind.now += int(seconds * 1000)
    mind.act("listened", nugget, Outcome(seconds=seconds, progress=progress))
    if cares:
        mind.wait(1, 3)
        mind.act("completed", nugget, Outcome(seconds=seconds, completed=True))
    return cares


def _take_book(mind: Mind, nugget: Nugget, _: Company) -> bool:
    """Read in a few sittings of half an hour, over weeks; we see each and the end."""
    sittings = mind.rng.randrange(1, 4)
    for sitting in range(sittings):
        seconds = mind.wait(900, 2400)
        mind.act("read", nugget, Outcome(seconds=seconds, progress=round((sitting + 1) / _NEEDED_UNITS, 2)))
        mind.wait(60, 600)
    if sittings == _NEEDED_UNITS:
        mind.act("completed", nugget, Outcome(completed=True))
    return sittings == _NEEDED_UNITS


def _spend(mind: Mind, nugget: Nugget) -> float:
    """Let about the nugget's length pass; seconds."""
    return mind.wait(nugget.minutes * 38.0, nugget.minutes * 75.0)


def _cares(mind: Mind, nugget: Nugget) -> bool:
    """Whether the learner stays to the end: out of interest and diligence."""
    interest = min(1.0, mind.interests.topics[nugget.topic] / 1.2)
    readable = nugget.language in mind.learner.languages
    return readable and mind.happens(0.1 + 0.55 * interest + 0.3 * mind.interests.diligence)


_WAYS: dict[str, Callable[[Mind, Nugget, Company], bool]] = {
    "course": _take_course,
    "module": _take_module,
    "quiz": _take_quiz,
    "article": _take_article,
    "video": _take_video,
    "podcast": _take_podcast,
    "book": _take_book,
}
