import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.auth.tokens import InvalidTokenError, SignedTokens, token_secret

TOKENS = SignedTokens("secret", "a kind", 1)


@given(st.binary(max_size=3000))
def test_a_token_says_again_what_was_put_in(payload):
    token = TOKENS.write(payload)
    assert TOKENS.read(token) == payload
    assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()


@given(st.text())
def test_what_was_not_written_here_is_refused(text):
    with pytest.raises(InvalidTokenError):
        TOKENS.read(text)


@pytest.mark.parametrize(
    "other",
    [
        SignedTokens("another secret", "a kind", 1),
        SignedTokens("secret", "another kind", 1),
        SignedTokens("secret", "a kind", 2),
    ],
    ids=["secret", "kind", "version"],
)
def test_a_token_of_another_secret_kind_or_version_is_refused(other):
    with pytest.raises(InvalidTokenError):
        TOKENS.read(other.write(b"what was shown"))


def test_processes_share_the_secret_unless_one_is_configured(database):
    assert token_secret(database, "") == token_secret(database, "") != ""
    assert token_secret(database, "configured") == "configured"
