"""What a folder of people's acts shows: the experts of a question site, the partners in a forum."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from recommender.config import TrainingSettings
from recommender.evaluation.experts import ANSWERS, QUESTIONS, expert_rows, measure_experts, read_answers
from recommender.evaluation.goals import QualityRow
from recommender.evaluation.partners import REPLIES, partner_rows, read_replies


def people_rows(folder: Path, settings: TrainingSettings) -> Iterator[QualityRow]:
    """Yield the goals that a folder shows; none where it holds neither questions and answers nor replies."""
    if (folder / QUESTIONS).is_file() and (folder / ANSWERS).is_file():
        yield from expert_rows(measure_experts(read_answers(folder)))
    if (folder / REPLIES).is_file():
        yield from partner_rows(read_replies(folder), settings)
