from __future__ import annotations

import base64

import pytest
from bson import ObjectId

from lrs.auth.tokens import SignedTokens
from recommender.serving.paging import MOST_SHOWN, VERSION, PageTokens, is_shown, mark
from schemas.errors import InvalidInputError

STORE = ObjectId("0123456789abcdef01234567")
TOKENS = PageTokens("secret", "nuggets")


def test_a_token_holds_what_was_shown() -> None:
    first = TOKENS.write(STORE, frozenset(), ["https://a.example/1", "https://a.example/2"])
    second = TOKENS.write(STORE, TOKENS.read(STORE, first), ["https://a.example/3"])
    shown = TOKENS.read(STORE, second)
    assert all(is_shown(f"https://a.example/{number}", shown) for number in (1, 2, 3))
    assert not is_shown("https://a.example/4", shown)


def test_without_a_token_nothing_was_shown() -> None:
    assert TOKENS.read(STORE, "") == frozenset()


def test_after_very_many_there_is_no_next_page() -> None:
    shown = frozenset(mark(str(number)) for number in range(MOST_SHOWN))
    assert TOKENS.read(STORE, TOKENS.write(STORE, shown, [])) == shown
    assert TOKENS.write(STORE, shown, ["one more"]) == ""


@pytest.mark.parametrize(
    "token", ["x", "!!!!", "AAAA", "ä", "A" * 10_000, "AAAAAAA=AAAA", "A" * 14, "A.A", ".", "\ud800"]
)
def test_what_is_not_a_token_is_refused(token: str) -> None:
    with pytest.raises(InvalidInputError, match="not a token"):
        TOKENS.read(STORE, token)


def test_a_token_that_was_cut_or_put_together_is_refused() -> None:
    token = TOKENS.write(STORE, frozenset(), ["https://a.example/1", "https://a.example/2"])
    for changed in (token[:-7], token[7:], token + token, token[:7] + "AAAAAAA" + token[14:]):
        with pytest.raises(InvalidInputError, match="not a token"):
            TOKENS.read(STORE, changed)


def test_a_token_that_somebody_made_who_does_not_know_the_secret_is_refused() -> None:
    payload = STORE.binary + mark("https://a.example/1")
    unsigned = base64.urlsafe_b64encode(payload).decode().rstrip("=")
    for forged in (unsigned, SignedTokens("guess", "nuggets", VERSION).write(payload)):
        with pytest.raises(InvalidInputError, match="ask again from the start"):
            TOKENS.read(STORE, forged)


@pytest.mark.parametrize(
    ("made_by", "store"),
    [
        (PageTokens("secret", "peers"), STORE),  # of another kind
        (PageTokens("secret", "nuggets"), ObjectId()),  # of another store
    ],
)
def test_a_token_made_for_something_else_is_refused(made_by: PageTokens, store: ObjectId) -> None:
    with pytest.raises(InvalidInputError, match="not a token"):
        TOKENS.read(STORE, made_by.write(store, frozenset(), ["https://a.example/1"]))


def test_a_token_of_another_version_is_refused() -> None:
    token = SignedTokens("secret", "nuggets", VERSION + 1).write(STORE.binary)
    with pytest.raises(InvalidInputError, match="of this release"):
        TOKENS.read(STORE, token)


def test_another_process_with_the_same_secret_reads_it() -> None:
    token = TOKENS.write(STORE, frozenset(), ["https://a.example/1"])
    assert PageTokens("secret", "nuggets").read(STORE, token) == {mark("https://a.example/1")}
