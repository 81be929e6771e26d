from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lrs.errors import RequestRefusedError
from recommender.config import TrainingSettings
from recommender.evaluation.experts import COUNTING, DAY_US, OURS, GivenAnswer, measure_experts, read_answers
from recommender.evaluation.partners import adamic_adar, partner_rows, read_replies
from recommender.evaluation.people import people_rows
from recommender.ranking.acquaintance import acquaintance

QUICK = TrainingSettings(dimensions=4, epochs=1)


def _answers(*rows: tuple[int, str, str]) -> list[GivenAnswer]:
    """Make answers: on which day, by whom, about which tag."""
    return [
        GivenAnswer(day * DAY_US, f"q{number}", who, "asker", (tag,))
        for number, (day, who, tag) in enumerate(rows)
    ]


def test_the_one_who_answered_lately_is_found_first_and_counting_finds_the_one_who_answered_most() -> None:
    old = [(day, "ann", "sql") for day in range(8)]
    found = measure_experts(_answers(*old, (900, "ben", "sql"), (901, "cid", "go"), (902, "ben", "sql")))
    assert found.gains[OURS][-1] == 1.0
    assert found.gains[COUNTING][-1] < 1.0


def test_a_tag_that_nobody_answered_before_finds_nobody() -> None:
    found = measure_experts(_answers(*[(day, "ann", f"tag{day}") for day in range(10)]))
    assert found.gains[OURS].tolist() == found.gains[COUNTING].tolist() == [0, 0]


def test_rows_of_a_question_site_leave_out_own_answers_and_those_without_an_author(tmp_path: Path) -> None:
    (tmp_path / "questions.csv").write_text("question,asker,tags\n1,ann,sql|go\n2,ben,\n")
    (tmp_path / "answers.csv").write_text(
        "question,answerer,time\n1,ben,1700000000\n1,ann,1700000001\n2,,1700000002\n3,ann,5\n"
    )
    (answer,) = read_answers(tmp_path)
    assert answer == GivenAnswer(1_700_000_000_000_000, "1", "ben", "ann", ("sql", "go"))


def test_a_wrong_time_is_named_by_its_line(tmp_path: Path) -> None:
    (tmp_path / "replies.csv").write_text("from,to,time\nann,ben,1700000000\nann,cid,soon\n")
    with pytest.raises(RequestRefusedError, match="line 3"):
        read_replies(tmp_path)


def test_common_contacts_count_less_the_more_contacts_they_have() -> None:
    pairs = np.array([(0, 2), (1, 2), (0, 3), (4, 3), (3, 5), (3, 6), (3, 7)])
    graph = acquaintance(pairs[:, 0], pairs[:, 1], np.ones(7), np.zeros(7, dtype=np.int64), 8)
    scores = adamic_adar(graph)(0)
    assert scores[1] > scores[4] > 0
    assert scores[2] == 0


def test_next_partners_of_a_forum_are_measured_beside_adamic_adar(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    rows = [
        (group * 10 + int(one), group * 10 + int(other), 1_700_000_000 + 3600 * number)
        for number in range(200)
        for group in [int(random.integers(3))]
        for one, other in [random.choice(10, 2, replace=False)]
    ]
    lines = "\n".join(f"{one},{other},{at},t{one % 4}" for one, other, at in rows)
    (tmp_path / "replies.csv").write_text(f"from,to,time,thread\n{lines}\n")
    new, anybody = list(people_rows(tmp_path, QUICK))
    assert "next new partner" in new.work
    assert anybody.learners >= new.learners > 0
    assert all(0 < row.ours <= 1 and row.interval for row in (new, anybody))


def test_a_forum_in_which_nobody_acts_again_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "replies.csv").write_text("from,to,time\na,b,1\nc,d,2\ne,f,3\n")
    assert [row.learners for row in partner_rows(read_replies(tmp_path), QUICK)] == [0, 0]


def test_a_folder_of_something_else_shows_nothing_of_people(tmp_path: Path) -> None:
    assert list(people_rows(tmp_path, QUICK)) == []
