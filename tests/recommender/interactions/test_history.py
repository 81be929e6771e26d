from __future__ import annotations

from dataclasses import replace

import pytest
from bson import ObjectId

from recommender.interactions.history import History, build_history
from recommender.storage.interactions import Interaction, InteractionRow

ANN, BEN = ObjectId(), ObjectId()


def _row(statement_id: str, verb: str, item: str | None = "x", at: int = 0, **more: object) -> InteractionRow:
    row = Interaction(
        statement_id=statement_id,
        ordinal=0,
        learner=ANN,
        seq=b"",
        at=at,
        item=item,
        verb=verb,
        kind="informal",
        strength=4,
        weight=1.0,
        positive=True,
        completed=False,
        session="day",
    )
    return replace(row, **more)  # type: ignore[arg-type]


def _taken(history: History) -> list[str]:
    return [positive.item for positive in history.positives]


def test_positives_are_in_time_order_and_each_item_once() -> None:
    rows = [_row("1", "liked", "b", 5), _row("2", "completed", "a", 3), _row("3", "completed", "b", 9)]
    assert _taken(build_history(rows, 100)) == ["a", "b"]


def test_the_same_row_twice_counts_once() -> None:
    row = _row("1", "experienced", positive=False, strength=2)
    assert build_history([row, row], 100).positives == ()


def test_player_events_of_a_session_collapse_into_one() -> None:
    rows = [
        _row(str(number), "watched", at=number, min_progress=0.5, strength=2, weight=0.5)
        for number in range(50)
    ]
    history = build_history(rows, 100)
    assert [(positive.item, positive.at, positive.weight) for positive in history.positives] == [
        ("x", 0, 0.5)
    ]


@pytest.mark.parametrize(("progress", "taken"), [(0.1, []), (0.5, ["x"]), (None, ["x"])])
def test_a_video_counts_when_enough_of_it_was_seen(progress: float | None, taken: list[str]) -> None:
    rows = [
        _row("1", "watched", min_progress=0.5, strength=2),
        _row("2", "paused", min_progress=0.5, strength=1, positive=False, progress=progress),
    ]
    assert _taken(build_history(rows, 100)) == taken


def test_coming_back_on_another_day_is_positive() -> None:
    first = _row("1", "viewed", positive=False, strength=2, session="monday", at=1)
    again = _row("2", "viewed", positive=False, strength=2, session="friday", at=5)
    assert build_history([first], 100).positives == ()
    history = build_history([first, again], 100)
    assert [(positive.verb, positive.at) for positive in history.positives] == [("returned", 5)]


def test_what_was_only_looked_at_is_a_view() -> None:
    history = build_history([_row("1", "viewed", positive=False, strength=2)], 100)
    assert [view.item for view in history.views] == ["x"]
    assert history.seen == {"x"}


def test_the_opposite_verb_takes_back() -> None:
    rows = [
        _row("1", "liked", at=1),
        _row("2", "unliked", at=2, strength=-3, positive=False, takes_back="liked"),
    ]
    history = build_history(rows, 100)
    assert history.positives == ()
    assert history.disliked == frozenset()


def test_what_was_done_again_after_taking_back_counts() -> None:
    rows = [
        _row("1", "liked", at=1),
        _row("2", "unliked", at=2, takes_back="liked", positive=False),
        _row("3", "liked", at=3),
    ]
    assert [positive.at for positive in build_history(rows, 100).positives] == [3]


def test_taking_back_one_act_leaves_the_others() -> None:
    rows = [
        _row("1", "liked", at=1),
        _row("2", "completed", at=2, completed=True),
        _row("3", "unliked", at=3, takes_back="liked", positive=False),
    ]
    history = build_history(rows, 100)
    assert _taken(history) == ["x"]
    assert history.completed == {"x"}


def test_an_undo_takes_its_statement_back() -> None:
    rows = [_row("1", "completed", completed=True), _row("2", "undone", None, positive=False, undoes="1")]
    history = build_history(rows, 100)
    assert (history.positives, history.completed) == ((), frozenset())


def test_disliked_items_are_not_taken() -> None:
    rows = [
        _row("1", "viewed", positive=False, strength=2),
        _row("2", "disliked", positive=False, strength=-4),
    ]
    history = build_history(rows, 100)
    assert history.disliked == {"x"}
    assert history.views == ()


def test_a_limit_cuts_what_was_merely_looked_at_and_nothing_that_decides() -> None:
    looks = [_row(str(n), "launched", f"n{n}", n, positive=False, strength=1) for n in range(20)]
    turned = [_row("a", "rated", "bad", -3, positive=False, strength=-4), _row("b", "completed", "done", -2)]
    history = build_history([*looks, *turned, _row("c", "liked", "y", -4), _undo("d", "c", -1)], 5)
    assert history.seen == {"bad", "done", *(f"n{n}" for n in range(15, 20))}
    assert (_taken(history), history.disliked) == (["done"], {"bad"})


def _undo(statement_id: str, undone: str, at: int) -> InteractionRow:
    return _row(statement_id, "undone", None, at, undoes=undone, positive=False, strength=0)


def test_acts_towards_others_are_kept_by_verb() -> None:
    rows = [
        _row("1", "followed", None, positive=False, peer=BEN),
        _row("2", "answered", "q", 1, peer=BEN, strength=2),
    ]
    assert build_history(rows, 100).peers == {BEN: {"followed": 4, "answered": 2}}


def test_unfollowing_takes_the_edge_back() -> None:
    rows = [
        _row("1", "followed", None, 1, positive=False, peer=BEN),
        _row("2", "unfollowed", None, 2, positive=False, peer=BEN, takes_back="followed"),
    ]
    assert build_history(rows, 100).peers == {}


def test_what_was_begun_and_only_opened_again_is_unfinished() -> None:
    begun = _row("1", "attempted", positive=False, strength=2, session="monday", at=1)
    opened = _row("2", "viewed", positive=False, strength=2, session="friday", at=5)
    history = build_history([begun, opened], 100)
    assert [(one.item, one.verb, one.at) for one in history.begun] == [("x", "attempted", 5)]
    assert _taken(history) == ["x"]
    assert history.done == frozenset()
    done = build_history([begun, opened, _row("3", "completed", at=9, completed=True)], 100)
    assert (done.begun, done.done) == ((), {"x"})


@pytest.mark.parametrize(
    ("verbs", "told"),
    [
        (["registered"], "registered"),
        (["assigned", "registered"], "assigned"),
        (["launched", "assigned"], "launched"),
        (["viewed"], None),
        (["failed"], "failed"),
    ],
)
def test_begun_counts_more_than_assigned_and_that_more_than_signed_up(
    verbs: list[str], told: str | None
) -> None:
    rows = [_row(verb, verb, positive=False, strength=1, at=at) for at, verb in enumerate(verbs)]
    assert [one.verb for one in build_history(rows, 100).begun] == ([told] if told else [])


def test_a_video_that_was_left_early_was_begun() -> None:
    row = _row("1", "watched", min_progress=0.5, strength=2, progress=0.1)
    assert [one.verb for one in build_history([row], 100).begun] == ["watched"]


def test_what_was_put_off_waits_until_it_is_used_or_that_is_undone() -> None:
    put_off = _row("1", "postponed", positive=False, strength=1, at=3)
    assert build_history([put_off], 100).postponed == {"x": 3}
    assert build_history([put_off], 100).views == ()
    opened = _row("2", "viewed", positive=False, strength=2, at=4)
    assert build_history([put_off, opened], 100).postponed == {}
    undo = _row("3", "undone", None, at=5, positive=False, strength=0, undoes="1")
    assert build_history([put_off, undo], 100).postponed == {}


def test_nothing_is_put_off_later_than_its_statement_was_stored() -> None:
    ahead = _row(
        "1", "postponed", positive=False, strength=1, at=10**17, seq=(77).to_bytes(8, "big") + b"rest"
    )
    assert build_history([ahead], 100).postponed == {"x": 77}


def test_own_posts_are_known() -> None:
    assert build_history([_row("1", "answered", positive=False, makes_post=True)], 100).made == {"x"}
