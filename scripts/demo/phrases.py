"""What people write: comments and answers, in the language of what they write about."""

from __future__ import annotations

from functools import lru_cache
from random import Random

from scripts.demo.catalogue import read_table


def comment_in(language: str, rng: Random) -> str:
    """A remark on a nugget."""
    return rng.choice(_read_phrases()["comment", language])


def answer_in(language: str, rng: Random) -> str:
    """An answer to a colleague's question."""
    return rng.choice(_read_phrases()["answer", language])


def remark_in(language: str, rng: Random) -> str:
    """A remark on a colleague's question."""
    return rng.choice(_read_phrases()["remark", language])


def question_in(language: str, rng: Random) -> str:
    """A further question in a thread."""
    return rng.choice(_read_phrases()["question", language])


@lru_cache(maxsize=1)
def _read_phrases() -> dict[tuple[str, str], list[str]]:
    phrases: dict[tuple[str, str], list[str]] = {}
    for row in read_table("phrases.csv"):
        phrases.setdefault((row["kind"], row["language"]), []).append(row["text"])
    return phrases
