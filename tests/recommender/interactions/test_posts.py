"""Posts of forums as Moodle and Open edX send them: who wrote them, who values them, whom they are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import permutations
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.personas import find_persona
from lrs.storage.database import Database
from recommender.catalogue.catalogue import waiting_ids
from recommender.interactions.posts import read_post
from recommender.storage.interactions import find_rows_of_statements
from recommender.vocabulary.tables import make_vocabulary

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Sync = Callable[..., Any]
VOCABULARY = make_vocabulary(b"{}", b"{}")
TYPES = "http://id.tincanapi.com/activitytype/"
FORUM_TYPE = "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/forum"
VERBS = {
    "created": "http://activitystrea.ms/create",
    "replied": "http://id.tincanapi.com/verb/replied",
    "posted": "https://w3id.org/xapi/acrossx/verbs/posted",
    "voted": "https://w3id.org/xapi/openedx/verb/voted",
    "commented": "http://adlnet.gov/expapi/verbs/commented",
    "answered": "http://adlnet.gov/expapi/verbs/answered",
    "reviewed": "http://id.tincanapi.com/verb/reviewed",
    "liked": "https://w3id.org/xapi/acrossx/verbs/liked",
}


def activity(name: str, kind: str, title: str = "") -> dict[str, Any]:
    definition = {
        "type": kind if "://" in kind else TYPES + kind,
        **({"name": {"en": title}} if title else {}),
    }
    return {"objectType": "Activity", "id": f"https://forum.example/{name}", "definition": definition}


THREAD = activity("d1", "discussion", "How do joins work?")
REPLY = activity("d1#p2", "forum-reply", "Re: How do joins work?")
RESPONSE = activity("comments/2", "discussion")
FORUM = activity("f", FORUM_TYPE, "Questions")
COURSE = activity("course", "http://adlnet.gov/expapi/activities/course", "SQL")
VIDEO = activity("video", "https://w3id.org/xapi/video/activity-type/video", "Joins")


@pytest.fixture
def does(act: Act) -> Act:
    """Make a Statement with one of the verbs of forums, inside other Activities."""

    def make(
        name: str, verb: str, item: Mapping[str, Any], minute: int = 0, **around: list[Mapping[str, Any]]
    ) -> dict[str, Any]:
        context = {"context": {"contextActivities": around}} if around else {}
        return {**act(name, "completed", item, minute, **context), "verb": {"id": VERBS[verb]}}

    return make


@pytest.mark.parametrize(
    ("verb", "item", "around", "is_own", "valued"),
    [
        ("replied", REPLY, {"parent": [THREAD, FORUM, COURSE]}, True, THREAD),
        ("replied", THREAD, {"parent": [FORUM, COURSE]}, False, THREAD),
        ("replied", THREAD, {}, False, THREAD),
        ("commented", REPLY, {"grouping": [COURSE, THREAD]}, True, THREAD),
        ("commented", THREAD, {"parent": [THREAD]}, False, THREAD),
        ("commented", VIDEO, {"parent": [COURSE]}, False, VIDEO),
        ("commented", VIDEO, {"grouping": [THREAD]}, False, VIDEO),
        ("posted", THREAD, {"parent": [COURSE]}, True, None),
        ("posted", RESPONSE, {"parent": [COURSE], "grouping": [THREAD]}, True, THREAD),
        ("created", THREAD, {"parent": [FORUM]}, True, None),
        ("liked", REPLY, {"parent": [THREAD]}, False, REPLY),
        ("voted", RESPONSE, {"parent": [COURSE]}, False, RESPONSE),
    ],
)
def test_the_statement_alone_tells_own_posts_from_those_of_others(
    does: Act, verb: str, item: Any, around: Any, is_own: bool, valued: Any
) -> None:
    statement = does("ann", verb, item, **around)
    found = read_post(statement, VOCABULARY.verb(statement["verb"]["id"]), VOCABULARY)
    assert (found.is_own, found.valued) == (is_own, valued["id"] if valued else "")


@pytest.fixture
def peer_of(
    database: Database, store: Store, identifier: Callable[[str], str]
) -> Callable[[Any], str | None]:
    """Return the first name of the person that a Statement was done for."""

    def look(statement: Mapping[str, Any]) -> str | None:
        [row] = find_rows_of_statements(database, store.id, [statement["id"]])
        names = {find_persona(database, store.id, identifier(name)): name for name in ("ann", "ben", "cem")}
        return names[row.peer] if row.peer else None

    return look


def _moodle(does: Act) -> tuple[dict[str, Any], dict[str, Any]]:
    return does("ann", "created", THREAD, 1, parent=[FORUM]), does(
        "ben", "replied", REPLY, 2, parent=[THREAD, FORUM, COURSE]
    )


def _open_edx(does: Act) -> tuple[dict[str, Any], dict[str, Any]]:
    return does("ann", "posted", THREAD, 1, parent=[COURSE]), does(
        "ben", "posted", RESPONSE, 2, parent=[COURSE], grouping=[THREAD]
    )


def _vote(does: Act) -> tuple[dict[str, Any], dict[str, Any]]:
    return does("ann", "posted", RESPONSE, 1, grouping=[THREAD]), does("ben", "voted", RESPONSE, 2)


def _review(does: Act) -> tuple[dict[str, Any], dict[str, Any]]:
    return does("ann", "created", THREAD, 1), does("ben", "reviewed", THREAD, 2)


@pytest.mark.parametrize("pair", [_moodle, _open_edx, _vote, _review])
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_reply_is_done_for_the_maker_of_its_thread_in_either_order_of_arrival(
    does: Act,
    post: Post,
    sync: Sync,
    peer_of: Callable[[Any], str | None],
    pair: Callable[..., Sequence[dict[str, Any]]],
    together: bool,
    order: tuple[int, int],
) -> None:
    made = pair(does)
    for number in order:
        post([made[number]])
        if not together:
            sync()
    sync()
    assert (peer_of(made[0]), peer_of(made[1])) == (None, "ann")


def test_nobody_is_addressed_by_the_own_post_and_a_named_person_stays(
    does: Act, post: Post, sync: Sync, peer_of: Callable[[Any], str | None], agent: Any
) -> None:
    own = does("ann", "replied", REPLY, 2, parent=[THREAD])
    named = does("ben", "replied", activity("d1#p3", "forum-reply"), 3, parent=[THREAD])
    named["context"]["extensions"] = {"https://learnerprise.org/xapi/extensions/addressed-to": agent("cem")}
    onwards = does("ann", "commented", activity("d1#p4", "forum-reply"), 4, parent=[REPLY], grouping=[THREAD])
    post([does("ann", "created", THREAD, 1), own, named, onwards, does("cem", "liked", REPLY, 5)])
    sync()
    assert [peer_of(one) for one in (own, named, onwards)] == [None, "cem", None]


def test_a_voided_thread_has_no_maker_any_more(
    act: Act, does: Act, post: Post, sync: Sync, peer_of: Callable[[Any], str | None]
) -> None:
    thread, reply = _moodle(does)
    post([thread, reply])
    sync()
    assert peer_of(reply) == "ann"
    post([act("ann", "voided", {"objectType": "StatementRef", "id": thread["id"]}, 9)])
    sync()
    assert peer_of(reply) is None


@pytest.mark.parametrize("order", list(permutations(range(3)))[::2])
def test_a_reply_and_one_like_are_not_two_others(
    database: Database, store: Store, does: Act, post: Post, sync: Sync, order: tuple[int, ...]
) -> None:
    acts = [
        does("ann", "replied", REPLY, 1, parent=[THREAD]),
        does("ben", "liked", REPLY, 2),
        does("ann", "liked", REPLY, 3),
    ]
    for number in order:
        post([acts[number]])
        sync()
    assert REPLY["id"] in waiting_ids(database, store.id)
    post([does("cem", "liked", REPLY, 4)])
    sync()
    assert REPLY["id"] not in waiting_ids(database, store.id)


def test_replies_of_two_others_value_the_thread(
    database: Database, store: Store, does: Act, post: Post, sync: Sync
) -> None:
    post([does("ben", "replied", REPLY, 2, parent=[THREAD])])
    sync()
    post(
        [
            does("ann", "created", THREAD, 1),
            does("ann", "replied", activity("p3", "forum-reply"), 3, parent=[THREAD]),
        ]
    )
    sync()
    assert THREAD["id"] in waiting_ids(database, store.id)
    post([does("cem", "replied", activity("p4", "forum-reply"), 4, parent=[THREAD])])
    sync()
    assert THREAD["id"] not in waiting_ids(database, store.id)


def test_a_vote_against_a_post_does_not_value_it(
    database: Database, store: Store, does: Act, post: Post, sync: Sync
) -> None:
    votes = [does(name, "voted", RESPONSE, 2) for name in ("ben", "cem")]
    for vote in votes:
        vote["context"] = {"extensions": {"https://w3id.org/xapi/acrossx/extensions/type": "down"}}
    post([does("ann", "posted", RESPONSE, 1, grouping=[THREAD]), *votes])
    sync()
    assert RESPONSE["id"] in waiting_ids(database, store.id)
    rows = find_rows_of_statements(database, store.id, [votes[0]["id"]])
    assert [(row.strength, row.positive) for row in rows] == [(-3, False)]
