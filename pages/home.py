"""What a learner's first page shows: what was begun, what is next and why, the way to a goal, and people."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from lrs.auth.stores import Store
from lrs.resources.requests import note_people, note_personas
from lrs.storage.stored_time import now_us
from pages.acts import help_wanted_by, saved_by, valid_rows
from pages.cards import Card, card_of, duration
from pages.goals import Goal, find_goals
from pages.offers import is_offered
from pages.people import Peer, find_between, find_peers
from pages.questions import Question, find_questions
from pages.record import count_weeks, draw_weeks
from pages.texts import language
from pages.visitors import Visitor
from recommender.api.requests import serving
from recommender.catalogue.nuggets import OVER_US
from recommender.errors import NotInCatalogueError
from recommender.interactions.unfinished import ASSIGNED, ENROLLED
from recommender.serving.nuggets.recommend import DAY_US, find_scored, recommend_nuggets
from recommender.serving.nuggets.scored import ScoredCatalogue
from recommender.serving.paths.recommend import PathAnswer, find_path
from schemas.identifiers import agent_of
from schemas.recommendations import NuggetFilters, NuggetQuery, PathQuery

SHOWN, MOST_BEGUN, MOST_LISTED, MOST_PEERS = 6, 2, 8, 3
MOST_EVENTS, COMING_US = 5, 60 * DAY_US
"""Events are shown so long before they begin."""
FORGOTTEN_US = 60 * DAY_US
"""What was begun and not touched for so long is not offered any more."""


@dataclass(frozen=True, slots=True)
class Path:
    """The steps that are left to the learner's goals or role, first things first, and how long they take."""

    message: str
    steps: tuple[Card, ...]
    left: int
    time: str


@dataclass(frozen=True, slots=True)
class Home:
    """What the page shows, in its order; `helped` are those on which the learner asked for help."""

    begun: tuple[Card, ...]
    next: tuple[Card, ...]
    message: str
    path: Path | None
    goals: tuple[Goal, ...]
    peers: tuple[Peer, ...]
    asks: int
    questions: tuple[Question, ...]
    assigned: tuple[Card, ...]
    saved: tuple[Card, ...]
    later: tuple[Card, ...]
    coming: tuple[Card, ...]
    begun_events: tuple[Card, ...]
    helped: tuple[Card, ...]
    offer: bool
    weeks: str
    is_general: bool
    is_new: bool


def find_home(visitor: Visitor, modality: str) -> Home:
    """Put together the page of a learner; with a modality, only nuggets of it are next."""
    credential = visitor.credential
    store, identifier = credential.store, credential.learner or ""
    note_people(identifier)
    scored = find_scored(serving(), store, identifier)
    learner = scored.learner
    between = find_between(visitor, learner.person)
    peers = find_peers(visitor, scored, between, MOST_PEERS)
    note_personas(one.key for one in peers)
    on_top = begun_cards(scored, MOST_BEGUN)
    cards, message = find_next(store, scored, modality, without={card.activity for card in on_top})
    return Home(
        begun=on_top,
        next=cards,
        message=message,
        path=find_way(visitor, scored),
        goals=find_goals(scored),
        peers=peers,
        asks=len(between.asked_of_me),
        questions=find_questions(store, scored),
        assigned=_cards(scored, _due_first(scored))[:MOST_LISTED],
        saved=_cards(scored, [str(row.item) for row in saved_by(learner)])[:MOST_LISTED],
        later=_cards(scored, list(scored.candidates.put_off))[:MOST_LISTED],
        coming=_cards(scored, find_events(scored, now_us(), COMING_US))[:MOST_EVENTS],
        begun_events=_cards(scored, find_events(scored, now_us() - OVER_US, OVER_US)[::-1])[:MOST_EVENTS],
        helped=_cards(scored, [str(row.item) for row in help_wanted_by(learner)])[:MOST_LISTED],
        offer=is_offered(visitor, learner.person),
        weeks=draw_weeks(count_weeks(valid_rows(learner)), is_small=True),
        is_general=not learner.permits(store, "recommendations"),
        is_new=not learner.is_known,
    )


def find_events(scored: ScoredCatalogue, since: int, span: int) -> list[str]:
    """Return the events that begin in a span of time (us) and that the learner neither came to nor turned down."""
    history, columns = scored.learner.history, scored.snapshot.columns
    unwanted = history.completed | history.disliked
    dated = [(one.starts, one.id) for one in columns.nuggets if one.starts is not None and one.titles]
    return [name for starts, name in sorted(dated) if since < starts <= since + span and name not in unwanted]


def begun_cards(scored: ScoredCatalogue, limit: int) -> tuple[Card, ...]:
    """Return the cards of what the learner began and used in the last days, the newest first."""
    since = now_us() - FORGOTTEN_US
    begun = (one for one in scored.candidates.begun if one.verb not in (ASSIGNED, ENROLLED))
    return _cards(scored, [one.item for one in begun if one.at > since][::-1])[:limit]


def find_next(
    store: Store,
    scored: ScoredCatalogue,
    modality: str = "",
    limit: int = SHOWN,
    without: Collection[str] = (),
) -> tuple[tuple[Card, ...], str]:
    """Return the nuggets recommended now as cards, and why there are none; note that they are shown."""
    identifier = scored.learner.identifiers[0]
    filters = NuggetFilters(modality=(modality,) if modality else ())
    query = NuggetQuery(agent_of(identifier), identifier, limit + len(without), filters, speaks=language())
    answer = recommend_nuggets(serving(), store, query, scored=scored)
    kept = [at for at, one in enumerate(answer.recommendations) if one.activity not in without][:limit]
    found = [answer.recommendations[at] for at in kept]
    chances = tuple(answer.probabilities[at] for at in kept) if answer.probabilities else ()
    shown = [one.activity for one in found]
    serving().impressions.note(store.id, answer.persona, answer.model, shown, "nuggets", chances)
    cards = (_card(scored, one.activity, one.reasons) for one in found)
    return tuple(filter(None, cards)), answer.message


def find_way(visitor: Visitor, scored: ScoredCatalogue, limit: int = 3) -> Path | None:
    """Return the way to what the learner's role and goals ask for; None where nothing is known of either."""
    store, identifier = visitor.credential.store, visitor.credential.learner or ""
    query = PathQuery(agent_of(identifier), identifier, speaks=visitor.language)
    try:
        answer = find_path(serving(), store, query, scored=scored)
    except NotInCatalogueError:
        return None
    minutes = round(answer.hours * 60)
    return Path(
        answer.message,
        _steps(scored, answer)[:limit],
        len(answer.steps),
        duration(minutes) if minutes else "",
    )


def _steps(scored: ScoredCatalogue, answer: PathAnswer) -> tuple[Card, ...]:
    return tuple(filter(None, (_card(scored, one.activity, one.reasons) for one in answer.steps)))


def _cards(scored: ScoredCatalogue, activities: Sequence[str]) -> tuple[Card, ...]:
    """Return the cards of nuggets that are in the catalogue, with how far the learner got."""
    progress: dict[str, float] = {}
    for row in scored.learner.rows:
        if row.progress is not None and row.item and row.item in activities:
            progress[row.item] = max(progress.get(row.item, 0.0), min(1.0, max(0.0, row.progress)))
    nuggets = ((one, scored.snapshot.nugget(one)) for one in dict.fromkeys(activities))
    open_ones = [one for one, nugget in nuggets if nugget and not nugget.hidden]
    return tuple(filter(None, (_card(scored, one, progress=progress.get(one)) for one in open_ones)))


def _card(
    scored: ScoredCatalogue, activity: str, reasons: tuple[str, ...] = (), progress: float | None = None
) -> Card | None:
    """Return the card of a nugget; None for one that is not in the catalogue any more."""
    snapshot = scored.snapshot
    nugget = snapshot.nugget(activity)
    if nugget is None:
        return None
    is_private = snapshot.is_private(snapshot.columns.index[activity])
    return replace(card_of(nugget, reasons, progress), is_private=is_private)


def _due_first(scored: ScoredCatalogue) -> list[str]:
    """Return what the learner was assigned or signed up for, first what closes first."""
    told = [one for one in scored.candidates.begun if one.verb in (ASSIGNED, ENROLLED)]
    nuggets = scored.snapshot.columns.nuggets
    index = scored.snapshot.columns.index
    return [one.item for one in sorted(told, key=lambda one: (nuggets[index[one.item]].ends_us, -one.at))]
