from __future__ import annotations

import pytest

from recommender.serving.paging import MOST_SHOWN, is_shown, make_token, mark, read_token
from schemas.errors import InvalidInputError


def test_a_token_holds_what_was_shown() -> None:
    first = make_token(frozenset(), ["https://a.example/1", "https://a.example/2"])
    second = make_token(read_token(first), ["https://a.example/3"])
    shown = read_token(second)
    assert all(is_shown(f"https://a.example/{number}", shown) for number in (1, 2, 3))
    assert not is_shown("https://a.example/4", shown)


def test_after_very_many_there_is_no_next_page() -> None:
    shown = frozenset(mark(str(number)) for number in range(MOST_SHOWN))
    assert read_token(make_token(shown, [])) == shown
    assert make_token(shown, ["one more"]) == ""


@pytest.mark.parametrize(
    "token", ["x", "!!!!", "AAAA", "ä", "A" * 10_000, "AAAAAAA=AAAA", "A" * 14, "A" * 20]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidInputError, match="not a token"):
        read_token(token)


def test_a_token_that_was_cut_or_put_together_is_refused() -> None:
    token = make_token(frozenset(), ["https://a.example/1", "https://a.example/2", "https://a.example/3"])
    for changed in (token[:-7], token[7:], token + token, token[:7] + "AAAAAAA" + token[14:]):
        with pytest.raises(InvalidInputError, match="not a token"):
            read_token(changed)
