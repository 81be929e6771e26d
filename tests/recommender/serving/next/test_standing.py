from __future__ import annotations

from dataclasses import replace

import pytest
from bson import ObjectId

from recommender.serving.next.standing import Standing, find_standing
from recommender.storage.interactions import Interaction, InteractionRow

ANN = ObjectId()
BEGIN = {"verb": "launched", "strength": 1}
COMPLETE = {"verb": "completed", "completed": True, "positive": True}
PASS = {"verb": "passed", "completed": True, "positive": True}
FAIL = {"verb": "failed", "failed": True}


def _row(at: int, step: str, **more: object) -> InteractionRow:
    row = Interaction(
        statement_id=f"statement{at}",
        ordinal=0,
        learner=ANN,
        seq=b"",
        at=at,
        item=step,
        verb="viewed",
        kind="formal",
        strength=2,
        weight=1.0,
        positive=False,
        completed=False,
        session=str(at),
    )
    return replace(row, **more)  # type: ignore[arg-type]


def _stand(*rows: InteractionRow, mastery: float = 0.0, completable: str = "abc") -> Standing:
    return find_standing(rows, {"a", "b", "c"}, set(completable), {"a": mastery})


def test_steps_are_finished_in_order_and_begun_from_the_newest() -> None:
    found = _stand(
        _row(1, "b", **COMPLETE),
        _row(2, "a", **BEGIN),
        _row(3, "c", **BEGIN),
        _row(4, "a", verb="progressed", progress=0.4),
        _row(5, "x", **COMPLETE),
    )
    assert (found.finished, found.begun, found.last) == (("b",), ("a", "c"), "a")
    assert found.progress == {"a": 0.4}


def test_what_is_finished_is_not_begun_again() -> None:
    found = _stand(_row(1, "a", **COMPLETE), _row(2, "a", **BEGIN))
    assert (found.finished, found.begun) == (("a",), ())


def test_a_mere_look_begins_nothing_and_finishes_only_what_nobody_completes() -> None:
    assert _stand(_row(1, "a")).finished == ()
    assert _stand(_row(1, "a")).begun == ()
    assert _stand(_row(1, "a"), completable="").finished == ("a",)


@pytest.mark.parametrize(("progress", "finished", "begun"), [(0.9, ("a",), ()), (0.1, (), ("a",))])
def test_a_video_that_nobody_completes_is_finished_when_enough_was_seen(
    progress: float, finished: tuple[str, ...], begun: tuple[str, ...]
) -> None:
    row = _row(1, "a", verb="watched", positive=True, min_progress=0.5, progress=progress)
    found = _stand(row, completable="")
    assert (found.finished, found.begun) == (finished, begun)


@pytest.mark.parametrize(
    ("acts", "failed"),
    [
        ([FAIL], True),
        ([COMPLETE, FAIL], True),
        ([FAIL, PASS], False),
        ([{**FAIL, "session": "s"}, {**COMPLETE, "session": "s"}], True),
        ([FAIL, COMPLETE], False),
        ([PASS, FAIL], True),
        ([{**PASS, "score": 0.6}], True),
        ([{**PASS, "score": 0.6}, {**PASS, "score": 0.9}], False),
    ],
)
def test_a_step_is_failed_until_it_is_passed(acts: list[dict[str, object]], failed: bool) -> None:
    found = _stand(*(_row(at, "a", **act) for at, act in enumerate(acts)), mastery=0.8)
    assert (found.failed == ("a",)) is failed
    assert (found.finished == ("a",)) is not failed


def test_what_is_tried_again_after_it_was_failed_is_begun() -> None:
    found = _stand(_row(1, "a", **BEGIN), _row(2, "a", **FAIL), _row(3, "a", **BEGIN))
    assert (found.begun, found.failed) == (("a",), ())


def test_attempts_are_counted_once_however_many_verbs_tell_them() -> None:
    twice = [_row(at, "a", **FAIL) for at in (1, 3)]
    scored = [_row(at, "a", verb="scored", failed=True) for at in (2, 4)]
    assert _stand(*twice, *scored).attempts == {"a": 2}


def test_what_was_taken_back_does_not_count() -> None:
    undone = _row(2, "a", verb="undone", strength=0, undoes="statement1")
    assert _stand(_row(1, "a", **FAIL), replace(undone, item=None)) == Standing()
