import pytest
from bson import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from lrs.auth.tokens import SignedTokens
from lrs.errors import ForbiddenError, RequestRefusedError
from lrs.statements.continuation import KIND, VERSION, Continuation, ContinuationTokens
from lrs.storage.statement_documents import SeqRange
from schemas.json_text import dump_json
from schemas.queries import StatementQuery

STORE = ObjectId("0123456789abcdef01234567")
QUERY = StatementQuery(verb="https://example.org/é", since=5, limit=7, format="ids", ascending=True)
ITEM = Continuation(QUERY, SeqRange(b"\0" * 14, b"\xff" * 14))


@given(st.binary(min_size=14, max_size=14), st.binary(min_size=14, max_size=14))
def test_a_token_says_again_what_was_put_in(low, high):
    tokens = ContinuationTokens("secret")
    item = Continuation(QUERY, SeqRange(low, high))
    assert tokens.read(STORE, tokens.write(STORE, item)) == item


def test_another_process_with_the_same_secret_reads_it():
    token = ContinuationTokens("secret").write(STORE, ITEM)
    assert ContinuationTokens("secret").read(STORE, token) == ITEM


def test_another_secret_does_not_read_it():
    token = ContinuationTokens("secret").write(STORE, ITEM)
    with pytest.raises(RequestRefusedError):
        ContinuationTokens("other").read(STORE, token)


def test_another_store_may_not_use_it():
    tokens = ContinuationTokens("secret")
    with pytest.raises(ForbiddenError):
        tokens.read(ObjectId(), tokens.write(STORE, ITEM))


@given(st.integers(0, 10_000), st.characters(codec="ascii"))
def test_a_token_with_any_character_changed_is_refused(place, character):
    tokens = ContinuationTokens("secret")
    token = tokens.write(STORE, ITEM)
    place %= len(token) - 1  # the last character holds padding bits that say nothing
    changed = token[:place] + character + token[place + 1 :]
    refused = changed != token
    try:
        assert tokens.read(STORE, changed) == ITEM
        assert not refused
    except RequestRefusedError:
        assert refused


@pytest.mark.parametrize(
    ("version", "payload"),
    [
        (VERSION, [str(STORE), {"a_field_that_was": 1}, "00" * 14, "ff" * 14]),
        (VERSION, [str(STORE), {}, "00" * 14]),
        (VERSION, [str(STORE), {}, "no hexadecimal digits", "ff" * 14]),
        (VERSION, [str(STORE), "no object", "00" * 14, "ff" * 14]),
        (VERSION, "no list"),
        (VERSION + 1, [str(STORE), {}, "00" * 14, "ff" * 14]),
    ],
)
def test_a_token_of_a_release_with_other_fields_is_refused(version, payload):
    token = SignedTokens("secret", KIND, version).write(dump_json(payload))
    with pytest.raises(RequestRefusedError, match="ask again from the start"):
        ContinuationTokens("secret").read(STORE, token)
