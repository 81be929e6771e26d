"""Interactions kept bit by bit are those of one reading of everything, whatever happened in between."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.storage.entries import find_revision
from recommender.storage.reading import find_watermark

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Sync = Callable[..., Any]
NAMES = ("ann", "ben", "cem", "dora", "anna")
VERBS = ("completed", "liked", "unliked", "played", "paused", "failed", "rated", "asked", "experienced")
QUESTION = "http://activitystrea.ms/question"
NOT_COMPARED = {"born": 0, "touched": 0, "dropped": 0, "harvests": 0}
"""When something was read, which is another time in every reading."""
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"


def _target(random: Random, somebody: dict[str, Any]) -> dict[str, Any]:
    number = random.randrange(8)
    name = {"name": {"en": f"V{random.randrange(3)}"}}
    post = {"id": f"https://acme.example/post{number}"}
    video = {"id": f"https://acme.example/v{number}", "definition": name}
    return random.choice([{**post, "definition": {"type": QUESTION}}, post, video, video, somebody])


@pytest.fixture
def stream(act: Act, agent: Callable[[str], dict[str, Any]]) -> Callable[[Random], list[dict[str, Any]]]:
    """Make up Statements: plain acts, acts of Groups, posts and opinions on them, traits, undos and voids."""

    def plain(random: Random, made: list[dict[str, Any]]) -> dict[str, Any]:
        target = _target(random, agent(random.choice(NAMES)))
        result = {"score": {"scaled": random.choice([0.1, 0.5, 0.9])}}
        return act(random.choice(NAMES), random.choice(VERBS), target, random.randrange(500), result=result)

    def of_group(random: Random, made: list[dict[str, Any]]) -> dict[str, Any]:
        members = [agent(name) for name in random.sample(NAMES, 3)]
        return {**telling(random, made), "actor": {"objectType": "Group", "member": members}}

    def telling(random: Random, made: list[dict[str, Any]]) -> dict[str, Any]:
        role = {EXTENSIONS + "role": random.choice(["Analyst", "Engineer"])}
        return {**plain(random, made), "context": {"extensions": role}}

    def taking_back(random: Random, made: list[dict[str, Any]]) -> dict[str, Any]:
        reference = {"objectType": "StatementRef", "id": random.choice(made)["id"]}
        return act(
            random.choice(NAMES), random.choice(["voided", "undone"]), reference, random.randrange(500)
        )

    def make(random: Random) -> list[dict[str, Any]]:
        made = [plain(random, [])]
        for maker in random.choices([plain, of_group, telling, taking_back], [5, 2, 2, 2], k=90):
            identity = {"id": str(uuid.UUID(int=random.getrandbits(128), version=4))}
            made.append({**maker(random, made), **identity})
        return made

    return make


def _everything(database: Database, store: Store) -> dict[str, list[dict[str, Any]]]:
    found = {
        name: database.collection(name, store.id).find({})
        for name in ("interactions", "user_features", "harvested_nuggets")
    }
    return {
        name: sorted(({**row, **NOT_COMPARED} for row in rows), key=lambda row: str(row["_id"]))
        for name, rows in found.items()
    }


@pytest.mark.parametrize("seed", range(3))
def test_reading_in_pieces_gives_what_reading_at_once_gives(
    database: Database,
    store: Store,
    stream: Callable[[Random], list[dict[str, Any]]],
    post: Post,
    sync: Sync,
    identifier: Callable[[str], str],
    seed: int,
) -> None:
    random = Random(seed)
    both = [identifier("ann"), identifier("anna")]
    one_person = {"identifiers": both, "keys": both, "name": "Ann"}
    database.collection("personas", store.id).insert_many([one_person])
    statements = stream(random)
    cuts = sorted(random.sample(range(1, len(statements)), 5))
    for start, end in zip([0, *cuts], [*cuts, len(statements)], strict=True):
        post(statements[start:end])
        sync(most=random.choice([None, 7]))
    sync()
    before, watermark = _everything(database, store), find_watermark(database, store.id)
    assert before["interactions"]
    assert {row["waiting"] for row in before["harvested_nuggets"]} == {True, False}
    sync(from_scratch=True)
    assert _everything(database, store) == before
    assert find_watermark(database, store.id) == watermark


def test_only_news_lets_the_version_of_the_catalogue_grow(
    database: Database, store: Store, act: Act, post: Post, sync: Sync
) -> None:
    versions = [find_revision(database, store.id).harvests]
    for statement in (
        act("ann", "completed", "joins"),
        act("ben", "completed", "joins"),
        act("ben", "completed", "views"),
        act("ben", "liked", {"id": "https://acme.example/views", "definition": {"name": {"de": "Sichten"}}}),
    ):
        post([statement])
        sync()
        versions.append(find_revision(database, store.id).harvests)
    assert versions == [0, 1, 1, 2, 3]
