"""Slow references of figures: counted from Statements and what people were shown, one by one, in sets of names."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from recommender.config import RecommenderSettings
from recommender.insights.floors import Tally
from recommender.insights.months import month_of
from tests.recommender.insights.company import (
    COMMUNITIES,
    CONSIDERED,
    DAY_S,
    ENTERED,
    FAR,
    GROUPED,
    LEVELS,
    MODALITIES,
    NUGGETS,
    OUT,
    ROLES,
    Act,
    Story,
    languages,
    modality,
    role_of,
    team_of,
    who,
)

Counted = dict[tuple[str, ...], dict[str, Tally]]


def counts(some: Iterable[Any], among: Iterable[Any], **more: int) -> Tally:
    return Tally(len(set(some)), len(set(among)), **more)


def most(acts: Iterable[Act]) -> int:
    return max(Counter(one.who for one in acts).values(), default=0)


def modalities(story: Story, by: str) -> Counted:
    acts: dict[tuple[str, ...], list[Act]] = defaultdict(list)
    for act in story.active():
        labels = [month_of(act.day)] if by == "month" else GROUPED[by](act.who)
        for label in ("", *filter(None, labels)):
            acts[(label,) if label else ()].append(act)
    found: Counted = {}
    for labels, some in acts.items():
        own = {name: [one for one in some if modality(one) == name] for name in MODALITIES}
        every = set.intersection(*map(who, own.values()))
        found[labels] = {
            f"acts_{name}": Tally(len(who(one)), count=len(one), most=most(one)) for name, one in own.items()
        }
        found[labels] |= {name: counts(who(one), who(some)) for name, one in own.items()}
        found[labels]["all_three"] = counts(every, who(some))
    return found


def reach(story: Story, by: str) -> Counted:
    people, acts = story.headcount(), story.active()
    if by in GROUPED:
        return {
            labels: {"active": counts(who(acts) & own, own)}
            for labels, own in story.groups(by, people).items()
        }
    of: dict[str, set[str]] = defaultdict(set)
    for act in acts:
        for label in {
            "modality": [modality(act)],
            "month": [month_of(act.day)],
            "skill": NUGGETS.get(act.target, {}).get("skills", []),
        }[by]:
            of[label].add(act.who)
    return {(): {"active": counts(who(acts), people)}} | {
        (label,): {"active": counts(own, people)} for label, own in of.items()
    }


def taking_part(story: Story, by: str) -> Counted:
    acts = story.active()
    social = {one.who for one in acts if modality(one) == "social"}
    return {
        labels: {"any": counts(who(acts) & own, own), "social": counts(social & own, own)}
        for labels, own in story.groups(by, story.headcount()).items()
    }


def completion(story: Story, by: str) -> Counted:
    begun: dict[tuple[str, str], int] = {}
    for act in sorted(story.active(0), key=lambda one: one.at):
        if act.verb != "mentored":
            begun.setdefault((act.who, act.target), act.day)
    begun = {pair: day for pair, day in begun.items() if story.since - 90 <= day < story.until - 90}
    done: dict[tuple[str, str], int] = {}
    for act in story.learning(story.since - 90):
        if act.verb == "completed":
            done[act.who, act.target] = min(act.day, done.get((act.who, act.target), FAR))
    in_time = {pair for pair, day in begun.items() if done.get(pair, FAR) - day <= 90}
    found: Counted = {}
    for labels, own in story.groups(by, {pair[0] for pair in begun}).items():
        some, of = ([pair for pair in pairs if pair[0] in own] for pairs in (in_time, begun))
        share = counts({one for one, _ in some}, own, count=len(some), of=len(of))
        found[labels] = {"completed": share, "people": Tally(len(own))}
    return found


def skills_gap(story: Story, by: str) -> Counted:
    sums: dict[tuple[str, ...], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    holders = {one for one in story.headcount() if role_of(one) in ROLES}
    for one in holders:
        now, before = story.had(one, story.until), story.had(one, story.since)
        for skill, aim in ROLES[role_of(one)].items():
            lacks = [max(0, aim - had.get(skill, 0)) for had in (now, before)]
            group = role_of(one) if by == "role" else team_of(one)
            for labels in [(), *([(group, skill)] if group else [])]:
                sums[labels] = [a + b for a, b in zip(sums[labels], (1, aim, *lacks), strict=True)]
    sums[()][0] = len(holders)
    return {
        labels: {
            "gap": Tally(people, people, lacking, wanted),
            "gap_before": Tally(people, people, earlier, wanted),
            "people": Tally(people),
        }
        for labels, (people, wanted, lacking, earlier) in sums.items()
    }


def wanted_not_taught(story: Story, by: str) -> Counted:
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for one in story.headcount():
        had = story.had(one, story.until)
        wants = {skill: aim for skill, aim in ROLES.get(role_of(one), {}).items() if aim > had.get(skill, 0)}
        for goal in ENTERED.get(one, {}).get("goals", ()):
            wants |= {goal: 3} if had.get(goal, 0) < 3 else {}
        for skill, aim in wants.items():
            taught = [
                LEVELS[nugget["level"]]
                for nugget in NUGGETS.values()
                if skill in nugget["skills"] and (not languages(one) or nugget["language"] in languages(one))
            ]
            if max(taught, default=0) < aim:
                found[skill, str(aim)].add(one)
    every = set[str]().union(*found.values())
    return {labels: {"wanting": Tally(len(own))} for labels, own in {(): every, **found}.items()}


def readiness(story: Story, by: str) -> Counted:
    found: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for one in story.headcount() & set(CONSIDERED):
        had = story.had(one, story.until)
        for role, wanted in ROLES.items():
            if 10 * sum(min(aim, had.get(skill, 0)) for skill, aim in wanted.items()) >= 8 * sum(
                wanted.values()
            ):
                found[role,].add(one)
    every = set[str]().union(*found.values())
    return {labels: {"ready": Tally(len(own))} for labels, own in {(): every, **found}.items()}


def connectedness(story: Story, by: str) -> Counted:
    pairs, people = story.pairs(), story.headcount()
    known = {pair for pair in pairs if all(map(team_of, pair))}
    across = {pair for pair in known if team_of(pair[0]) != team_of(pair[1])}
    linked, ends = ({one for pair in some for one in pair} for some in (pairs, across))
    found: Counted = {
        labels: {"connected": counts(linked & own, own)} for labels, own in story.groups(by, people).items()
    }
    found[()]["across"] = counts(
        ends, {one for pair in known for one in pair}, count=len(across), of=len(known)
    )
    return found


def funnel(story: Story, by: str) -> Counted:
    rows = story.effects("nuggets")
    found: Counted = {}
    for label in ("", *NUGGETS):
        own = {pair: effects for pair, (_, effects) in rows.items() if label in ("", pair[1])}
        people = {one for one, _ in own}
        found[(label,) if label else ()] = {"people": Tally(len(people))} | {
            name: counts(
                {one for (one, _), effects in own.items() if name in effects},
                people,
                count=sum(name in effects for effects in own.values()),
                of=len(own),
            )
            for name in ("opened", "started", "completed")
        }
    return found


def liked(story: Story, by: str) -> Counted:
    rows = story.effects("nuggets")
    found: Counted = {}
    for label in ("", *NUGGETS):
        own = {pair for pair in rows if label in ("", pair[1])}
        said = {
            name: {(one.who, one.target) for one in story.of_window() if one.verb == name} for name in LIKES
        }
        found[(label,) if label else ()] = {
            name: counts({one for one, _ in own & pairs}, {one for one, _ in own})
            for name, pairs in said.items()
        }
    return found


LIKES = ("liked", "disliked")
NEEDED = 2
"""So many others must value a question before it is a nugget."""


def suggested_peers(story: Story, by: str) -> Counted:
    rows, people, cap = story.effects("peers"), story.headcount(), RecommenderSettings().peer_cap
    learners = {one: {pair[0] for pair in rows if pair[1] == one} for _, one in rows}
    capped = {one for one, some in learners.items() if len(some) >= cap}
    asking = story.groups(by, {one for one, _ in rows})
    found: Counted = {
        labels: {"suggested": counts(learners.keys() & own, own), "at_cap": counts(capped & own, own)}
        for labels, own in story.groups(by, people).items()
    }
    for labels, own in asking.items():
        shown = {pair: effects for pair, (_, effects) in rows.items() if pair[0] in own}
        reached = {pair for pair, effects in shown.items() if effects}
        contacted = counts({one for one, _ in reached}, own, count=len(reached), of=len(shown))
        found.setdefault(labels, {})["contacted"] = contacted
    return found


def equity(story: Story, by: str) -> Counted:
    rows, people = story.effects("nuggets"), story.headcount()
    found, whole = {}, (1.0, 1.0, 1.0)
    for labels, own in story.groups(by, people).items():
        shown = {pair for pair in rows if pair[0] in own}
        started = {pair for pair in shown if "started" in rows[pair][1]}
        seen, began = {one for one, _ in shown}, {one for one, _ in started}
        values = (
            len(shown) / max(1, len(own)),
            len({nugget for _, nugget in shown}) / len(NUGGETS),
            len(started) / max(1, len(shown)),
        )
        found[labels] = {
            name: Tally(some, of, value=value / one)
            for name, value, one, (some, of) in zip(
                ("shown", "catalogue", "started"),
                values,
                whole,
                ((len(seen), len(own)), (len(seen), len(own)), (len(began), len(seen))),
                strict=True,
            )
        }
        whole = values if not labels else whole
    return found


def never_shown(story: Story, by: str) -> Counted:
    days = [(int(at // (DAY_S * 10**6)), some) for kind, _, at, some in story.shown if kind == "nuggets"]
    seen = {one for day, some in days if story.since <= day < story.until for one in some}
    left = NUGGETS.keys() - seen
    found: Counted = {(): {"never_shown": Tally(None, count=len(left), of=len(NUGGETS))}}
    for skill in {one for nugget in NUGGETS.values() for one in nugget["skills"]}:
        own = {name for name, nugget in NUGGETS.items() if skill in nugget["skills"]}
        found[skill,] = {"never_shown": Tally(None, count=len(left & own), of=len(own))}
    return found


def formats_and_languages(story: Story, by: str) -> Counted:
    people = story.headcount()
    taking = [one for one in story.active() if one.verb in ("completed", "liked") and one.target in NUGGETS]
    found: Counted = {}
    for label in {nugget[by] for nugget in NUGGETS.values()}:
        takers = {one.who for one in taking if NUGGETS[one.target]["format"] == label}
        wanting = {one for one in people if label in languages(one)} if by == "language" else takers
        offered = sum(nugget[by] == label for nugget in NUGGETS.values())
        found[label,] = {
            "wanted": counts(wanting, people),
            "offered": Tally(None, count=offered, of=len(NUGGETS)),
        }
    return found


def coming_in(story: Story, by: str) -> Counted:
    valuing: dict[str, set[str]] = {post: set() for post in story.asker}
    for one in story.acts:
        if one.verb == "answered" and one.who != story.asker.get(one.parent, one.who):
            valuing[one.parent].add(one.who)
    waiting = [post for post, people in valuing.items() if len(people) == NEEDED - 1]
    one_of = {"waiting": Tally(None, count=1)}
    return {(): {"waiting": Tally(None, count=len(waiting))}} | {(post,): one_of for post in waiting}


def communities(story: Story, by: str) -> Counted:
    own = [one for one in sorted(story.acts, key=lambda one: one.at) if one.who not in OUT]
    parts: dict[str, tuple[set[str], set[str], set[str], set[str]]] = {}
    for place in COMMUNITIES:
        said = {one.who: one.verb for one in own if one.target == place and one.day < story.until}
        lately = [one for one in story.of_window() if place in one.places]
        active = {one.who for one in lately if one.verb == "asked" and said.get(one.who) != "left"}
        members = active | {one for one, verb in said.items() if verb == "joined"}
        parts[place] = (members, active, *_answered(lately))
    found: Counted = {}
    for labels, some in {(): parts.values(), **{(place,): [one] for place, one in parts.items()}}.items():
        members, active, agreed, came = (set[str]().union(*one) for one in zip(*some, strict=True))
        found[labels] = {
            "members": Tally(len(members)),
            "active": counts(active, members),
            "attended": counts(came, agreed),
        }
    return found


def _answered(acts: Iterable[Act]) -> tuple[set[str], set[str]]:
    """Return who came or said yes to some event, and who came."""
    agreed, came = set(), set()
    last: dict[tuple[str, str], str] = {}
    for one in sorted(acts, key=lambda one: one.at):
        if one.verb in ("agreed", "came", "declined") and last.get((one.who, one.target)) != "came":
            last[one.who, one.target] = one.verb
    for (person, _), verb in last.items():
        agreed |= {person} if verb != "declined" else set()
        came |= {person} if verb == "came" else set()
    return agreed, came


REFERENCES: Mapping[str, tuple[Callable[[Story, str], Counted], tuple[str, ...]]] = {
    "modalities": (modalities, ("month", "team", "role")),
    "reach": (reach, ("team", "role", "site", "modality", "skill", "month")),
    "taking-part": (taking_part, ("team", "role")),
    "completion": (completion, ("team", "site")),
    "skills-gap": (skills_gap, ("role", "team")),
    "wanted-not-taught": (wanted_not_taught, ("skill",)),
    "readiness": (readiness, ("role",)),
    "connectedness": (connectedness, ("team", "site")),
    "funnel": (funnel, ("nugget",)),
    "liked": (liked, ("nugget",)),
    "suggested-peers": (suggested_peers, ("team",)),
    "equity": (equity, ("role", "team", "language")),
    "never-shown": (never_shown, ("skill",)),
    "formats-and-languages": (formats_and_languages, ("language", "format")),
    "communities": (communities, ("community",)),
    "coming-in": (coming_in, ("nugget",)),
}
