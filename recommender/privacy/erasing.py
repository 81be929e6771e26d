"""Erases people from what the recommender holds: interactions, impressions, models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from lrs.statements.feed import statements_of_agents
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from lrs.storage.personal_data import Copies, Erasing, Person
from recommender.errors import RecommenderError
from recommender.insights.rollups import roll_up
from recommender.insights.written import unpacked
from recommender.interactions.extract import extract_interactions
from recommender.interactions.sync import forget_statements, hold_reading, read_statements_again
from recommender.models.forgetting import forget_erased
from recommender.models.registry import list_models, load
from recommender.models.trained_model import TrainedModel
from recommender.storage.answers import drop_answers, iterate_bodies
from recommender.storage.impressions import delete_impressions_of, forget_shown
from recommender.storage.insights import DAY_US, Part, iterate_parts, mark_days, write_day
from recommender.storage.interactions import delete_rows_of, find_statements_with
from recommender.storage.records import create_indexes
from recommender.storage.vocabulary import find_vocabulary
from schemas.json_text import dump_json, parse_json
from schemas.timestamps import format_timestamp

WAIT_S = 120.0
STATEMENTS_AT_ONCE = 200


class Interactions:
    """The interactions of a store while nobody reads its Statements."""

    def __init__(self, database: Database, store: StoreId) -> None:
        self._database = database
        self._store = store

    def forget(self, statement_ids: Sequence[str]) -> None:
        """Remove what came from these Statements, which are about to be removed."""
        forget_statements(self._database, self._store, statement_ids)

    def read_again(self, statement_ids: Sequence[str]) -> None:
        """Replace what came from these Statements, which were rewritten."""
        read_statements_again(self._database, self._store, statement_ids)


@contextmanager
def paused(database: Database, store: StoreId) -> Iterator[Copies]:
    """Keep every process from reading Statements inside the block; raise SyncInProgressError after two minutes."""
    create_indexes(database)
    with hold_reading(database, store, WAIT_S):
        yield Interactions(database, store)


def posts_of(database: Database, person: Person) -> Sequence[str]:
    """Return the ids of the posts that a person wrote: from the Statements, of which some may not be read yet."""
    vocabulary = find_vocabulary(database, person.store)
    found = dict[str, None]()
    for item in statements_of_agents(database, person.store, person.identifiers):
        for act in extract_interactions(parse_json(item.text), item.timestamp, item.seq, vocabulary):
            if act.makes_post and act.item and act.learner in person.identifiers:
                found[act.item] = None
    return list(found)


def erase_interactions(database: Database, erasing: Erasing) -> int:
    """Read the Statements again of which something about the person is left, then remove the rest."""
    person = erasing.person
    found = find_statements_with(database, person.store, person.personas)
    for some in in_chunks(found, STATEMENTS_AT_ONCE):
        with erasing.pause(database, person.store) as copies:
            copies.read_again(some)
    return len(found) + sum(delete_rows_of(database, person.store, one) for one in person.personas)


def erase_impressions(database: Database, erasing: Erasing) -> int:
    """Remove what was shown to the person, and the person from what was shown to others."""
    person = erasing.person
    removed = sum(delete_impressions_of(database, person.store, one) for one in person.personas)
    return removed + sum(forget_shown(database, person.store, one) for one in person.personas)


def erase_in_models(database: Database, erasing: Erasing) -> int:
    """Take everybody who was erased out of the kept models; return how many models changed."""
    return forget_erased(database, erasing.person.store)


def erase_days(database: Database, erasing: Erasing) -> int:
    """Remove the rollups of days that know the person or a post of the person, and roll these days up again."""
    person = erasing.person
    found = {part.day for part in _days_with(database, person)}
    for day in found:
        write_day(database, person.store, day, [])
    mark_days(database, person.store, (day * DAY_US for day in found))
    roll_up(database, person.store)
    return len(found)


def count_days(database: Database, person: Person) -> int:
    """Count the rollups of days that know the person."""
    return sum(1 for _ in _days_with(database, person))


def export_days(database: Database, person: Person) -> Iterator[bytes]:
    """Yield the days on which the person did something, or something was done towards the person."""
    for part in _days_with(database, person):
        yield dump_json({"day": format_timestamp(part.day * DAY_US)[:10]})


def _days_with(database: Database, person: Person) -> Iterator[Part]:
    posts = set(person.activities)
    for part in iterate_parts(database, person.store) if person.personas else ():
        if any(part.holds(one) for one in person.personas) or not posts.isdisjoint(part.names):
            yield part


def count_answers(database: Database, person: Person) -> int:
    """Count the answers of figures that name the person, or a post of the person."""
    return sum(1 for _ in _answers_with(database, person))


def export_answers(database: Database, person: Person) -> Iterator[bytes]:
    """Yield the figures of whose answers the person, or a post of the person, is part."""
    for figure in _answers_with(database, person):
        yield dump_json({"figure": figure})


def erase_answers(database: Database, erasing: Erasing) -> int:
    """Remove all answers of figures of the store, which were counted with the person; return how many there were."""
    return drop_answers(database, erasing.person.store)


def _answers_with(database: Database, person: Person) -> Iterator[str]:
    names = [one.encode() for one in (*map(str, person.personas), *person.activities)]
    for figure, body in iterate_bodies(database, person.store) if names else ():
        told = unpacked(body)
        if any(name in told for name in names):
            yield figure


def count_models(database: Database, person: Person) -> int:
    """Count the kept models that know the person."""
    return sum(1 for _ in _models_with(database, person))


def export_models(database: Database, person: Person) -> Iterator[bytes]:
    """Yield what each kept model holds of the person: the version, and the nuggets that it knows as taken."""
    for version, model in _models_with(database, person):
        rows = [model.known[model.user_index[one]] for one in _users(person) if one in model.user_index]
        taken = sorted({model.items[column] for row in rows for column in row.indices})
        yield dump_json({"version": version, "taken": taken})


def _users(person: Person) -> list[str]:
    return list(map(str, person.personas))


def _models_with(database: Database, person: Person) -> Iterator[tuple[int, TrainedModel]]:
    for manifest in list_models(database, person.store) if person.persona else ():
        try:
            model = load(database, person.store, manifest.version)
        except RecommenderError:
            continue  # one that does not load answers nobody, and is retired by an erasure
        if any(one in model.user_index for one in _users(person)):
            yield manifest.version, model
