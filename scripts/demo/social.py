"""Acts of people with and for each other around the nuggets they take."""

from __future__ import annotations

from dataclasses import replace

from scripts.demo.acts import Outcome
from scripts.demo.catalogue import Nugget
from scripts.demo.memory import Company, Mind, Thread
from scripts.demo.organisation import Learner
from scripts.demo.phrases import answer_in, comment_in, question_in, remark_in


def react(mind: Mind, nugget: Nugget, company: Company) -> None:
    """Let what may follow a finished nugget happen: approval, questions, help, and new ties."""
    keen = mind.interests.sociability
    if nugget.format != "module":
        _praise(mind, company.catalogue.courses[nugget.course].nugget if nugget.course else nugget, keen)
    if mind.happens(1.1 * keen):
        _ask_or_answer(mind, nugget, company)
    if mind.happens(0.75 * keen):
        _tie(mind, nugget, company)


def _praise(mind: Mind, nugget: Nugget, keen: float) -> None:
    if nugget.id not in mind.liked and mind.happens(1.3 * keen):
        mind.wait(3, 60)
        mind.liked[nugget.id] = mind.act("liked", nugget)
    if mind.happens(0.5 * keen):
        mind.wait(10, 120)
        mind.act("shared", nugget)
    if mind.happens(0.5 * keen):
        mind.wait(30, 240)
        mind.act("commented", nugget, Outcome(response=comment_in(nugget.language, mind.rng)))


def bookmark(mind: Mind, company: Company) -> None:
    """Keep something of the same topic for later."""
    choice = [n for n in company.catalogue.standalone[mind.topic] if n.language in mind.learner.languages]
    kept = [n for n in choice if n.id not in mind.finished and n.id not in mind.bookmarked]
    if kept:
        mind.wait(5, 60)
        nugget = mind.rng.choices(kept, [company.popularity[n.id] for n in kept])[0]
        mind.bookmarked.add(nugget.id)
        mind.act("bookmarked", nugget)


def regret_like(mind: Mind) -> None:
    """Take the latest approval back."""
    if mind.liked:
        _, act = mind.liked.popitem()
        mind.wait(5, 50)
        mind.act("unliked", act.target if isinstance(act.target, Nugget) else None)


def _ask_or_answer(mind: Mind, nugget: Nugget, company: Company) -> None:
    """Ask the topic's next question if nobody has yet; else look at it, and help, praise or comment."""
    for question in company.catalogue.threads[nugget.topic]:
        if question.language not in mind.learner.languages:
            continue
        thread = company.threads.get(question.id)
        mind.wait(40, 300)
        if thread is None:
            company.threads[question.id] = Thread(mind.learner, mind.now, {mind.learner.account})
            mind.act("asked", question, Outcome(response=question.title))
            return
        if thread.asked < mind.now and mind.learner.account not in thread.participants:
            _join_thread(mind, question, thread)
            return


def _join_thread(mind: Mind, question: Nugget, thread: Thread) -> None:
    mind.act("viewed", question)
    mind.wait(60, 500)
    thread.participants.add(mind.learner.account)
    if mind.mastery[question.topic] >= 0.8:
        text = answer_in(question.language, mind.rng)
        _address(mind, "answered", question, thread, Outcome(response=text))
    elif mind.happens(0.5):
        _address(mind, "liked", question, thread, None)
    elif mind.happens(0.5):
        text = question_in(question.language, mind.rng)
        mind.act("asked", question, Outcome(response=text))
    else:
        text = remark_in(question.language, mind.rng)
        _address(mind, "commented", question, thread, Outcome(response=text))


def _address(mind: Mind, verb: str, question: Nugget, thread: Thread, outcome: Outcome | None) -> None:
    act = mind.act(verb, question, outcome)
    mind.done[-1] = replace(act, addressed_to=thread.asker)


def _tie(mind: Mind, nugget: Nugget, company: Company) -> None:
    """Follow a colleague seen around the topic; those who know it well mentor one instead."""
    seen = company.busy_topics.get(nugget.topic, ())
    others = [o for o in seen if o.account != mind.learner.account and o.account not in mind.known]
    if not others:
        return
    other = mind.rng.choice(others)
    mind.known.add(other.account)
    mind.wait(20, 200)
    verb = "mentored" if _can_mentor(mind, nugget, other) else "followed"
    act = mind.act(verb, other)
    mind.done[-1] = replace(act, about=nugget)


def _can_mentor(mind: Mind, nugget: Nugget, other: Learner) -> bool:
    return mind.mastery[nugget.topic] >= 1.0 and other.seniority < 2 and mind.happens(0.7)


def unfollow(mind: Mind) -> None:
    """Stop following the person followed last."""
    followed = [act.target for act in mind.done if act.verb == "followed"]
    if followed:
        mind.wait(5, 50)
        mind.act("unfollowed", followed[-1] if isinstance(followed[-1], Learner) else None)
