"""Tokens of learners: what they allow, and how they are refused."""

import time

import pytest

from lrs.auth.bearer import BearerTokens
from lrs.auth.credentials import (
    check_credential,
    create_credential,
    revoke_credential,
    rotate_credential,
    set_scopes,
)
from lrs.auth.held import HeldCredentials
from lrs.auth.learner_tokens import LearnerTokens
from lrs.auth.stores import close_store
from lrs.errors import (
    ForbiddenError,
    NotFoundError,
    RequestRefusedError,
    TooManyRequestsError,
    UnauthorizedError,
)

ADA, PAGE = "mbox|mailto:ada@example.org", "https://lms.example.org"
OWN = ("recommendations/read/mine", "statements/write")


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No other process uses the credentials of these tests, so no change waits for one; nothing is held for long."""
    for module in ("credentials", "learner_tokens", "stores"):
        monkeypatch.setattr(f"lrs.auth.{module}.wait_until_read_again", lambda: None)
    monkeypatch.setattr("lrs.auth.held.HELD_S", 0.0)


@pytest.fixture
def tokens(database):
    return LearnerTokens(database, HeldCredentials(database), "a secret key")


@pytest.fixture
def make_minting(database, store):
    """Make a credential that mints, with further scopes."""
    return lambda *scopes, of=store: check_credential(
        database, *create_credential(database, of, "an LMS", ["tokens/mint", *scopes])
    )


@pytest.fixture
def mint(tokens, make_minting):
    """Mint a token with a new credential; return it and that credential."""

    def make(minutes=10, scopes=OWN):
        minting = make_minting(*OWN)
        return tokens.mint(minting, ADA, scopes, PAGE, minutes)[0], minting

    return make


def test_a_token_stands_for_one_learner_with_its_scopes(tokens, mint, store):
    token, minting = mint()
    credential = tokens.check(token, PAGE)
    assert (credential.learner, credential.store, credential.key) == (ADA, store, minting.key)
    assert credential.scopes == set(OWN)
    assert credential.allows("recommendations/read/mine")
    assert not credential.allows("recommendations/read")
    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()


def test_an_expired_token_is_refused(tokens, mint, monkeypatch):
    token, _ = mint(minutes=1)
    later = time.time_ns() // 1000 + 60_000_000
    monkeypatch.setattr("lrs.auth.learner_tokens.now_us", lambda: later)
    with pytest.raises(UnauthorizedError, match="expired at 20"):
        tokens.check(token, PAGE)


@pytest.mark.parametrize(
    "origin", [None, "null", "https://lms.example.org.evil.example", "http://lms.example.org"]
)
def test_a_page_of_another_origin_is_refused(tokens, mint, origin):
    with pytest.raises(ForbiddenError, match=f"for pages of {PAGE} alone"):
        tokens.check(mint()[0], origin)


def test_every_change_of_a_token_is_refused(tokens, mint):
    token, _ = mint()
    other = {letter: "A" if letter != "A" else "B" for letter in token}
    start, end = len("learner_"), len(token)
    changed = [token[:at] + other[token[at]] + token[at + 1 :] for at in range(start, end - 1)]
    cut = [token[:at] for at in range(start, end)]
    for one in (*changed, *cut, f"{token}.", f"{token} ", token + "A" * 5000, "learner_\udcff", "learner_é"):
        with pytest.raises(UnauthorizedError, match="cut, changed or made elsewhere"):
            tokens.check(one, PAGE)


def test_a_token_signed_with_another_secret_is_refused(tokens, database, make_minting):
    elsewhere = LearnerTokens(database, HeldCredentials(database), "another key")
    token, _ = elsewhere.mint(make_minting(*OWN), ADA, OWN, PAGE, 10)
    with pytest.raises(UnauthorizedError, match="made elsewhere"):
        tokens.check(token, PAGE)


def test_a_token_ends_with_the_credential_that_minted_it(tokens, mint, database, store):
    token, minting = mint()
    assert tokens.check(token, PAGE)
    revoke_credential(database, minting.key)
    with pytest.raises(UnauthorizedError, match="revoked"):
        tokens.check(token, PAGE)


def test_a_token_outlives_a_rotation(tokens, mint, database, store):
    token, minting = mint()
    rotate_credential(database, minting.key, store, overlap_s=0)
    assert tokens.check(token, PAGE)


def test_a_token_allows_no_more_than_its_credential_does_now(tokens, mint, database, store):
    token, minting = mint()
    set_scopes(database, minting.key, store, ["tokens/mint", "recommendations/read"])
    assert tokens.check(token, PAGE).scopes == {"recommendations/read/mine"}
    set_scopes(database, minting.key, store, list(OWN))
    with pytest.raises(UnauthorizedError, match="revoked"):
        tokens.check(token, PAGE)


def test_a_token_of_a_closed_store_is_refused(tokens, mint, database, store):
    token, _ = mint()
    close_store(database, store)
    with pytest.raises(ForbiddenError, match="closed"):
        tokens.check(token, PAGE)


@pytest.mark.parametrize(
    "scope", ["all", "statements/read", "recommendations/read", "tokens/mint", "profile/write", "nonsense"]
)
def test_no_token_has_a_scope_that_is_not_a_learners(tokens, make_minting, scope):
    with pytest.raises(RequestRefusedError, match="cannot be granted to a learner"):
        tokens.mint(make_minting("all"), ADA, [*OWN, scope], PAGE, 10)


def test_no_token_has_a_scope_that_its_credential_lacks(tokens, make_minting):
    with pytest.raises(ForbiddenError, match=r"lacks \['statements/write'\] and cannot grant"):
        tokens.mint(make_minting("recommendations/read"), ADA, OWN, PAGE, 10)
    assert tokens.mint(make_minting("all/read"), ADA, OWN[:1], PAGE, 10)


def test_only_a_credential_that_may_mint_mints(tokens, database, store):
    credential = check_credential(database, *create_credential(database, store, "an LMS", ["all/read"]))
    with pytest.raises(ForbiddenError, match="lacks the scope 'tokens/mint'"):
        tokens.mint(credential, ADA, OWN[:1], PAGE, 10)


def test_an_identifier_that_makes_the_token_too_long_is_refused(tokens, make_minting):
    names = "".join(f"{number:x}" for number in range(3000))
    with pytest.raises(RequestRefusedError, match="too many for a token"):
        tokens.mint(make_minting(*OWN), f"openid|https://example.org/{names}", OWN, PAGE, 10)


def test_a_revoked_token_is_refused_and_others_are_not(tokens, mint, make_minting):
    token, minting = mint()
    other, _ = tokens.mint(minting, ADA, OWN, PAGE, 10)
    tokens.revoke(token, minting)
    with pytest.raises(UnauthorizedError, match="revoked"):
        tokens.check(token, PAGE)
    assert tokens.check(other, PAGE)


def test_no_credential_revokes_the_token_of_another(tokens, mint, make_minting, other_store):
    token, _ = mint()
    for foreign in (make_minting("all"), make_minting("all", of=other_store)):
        with pytest.raises(NotFoundError, match="minted no such token"):
            tokens.revoke(token, foreign)
    assert tokens.check(token, PAGE)


def test_revoked_tokens_are_kept_until_they_expire(tokens, mint, database, monkeypatch):
    token, minting = mint(minutes=1)
    tokens.revoke(token, minting)
    later = time.time_ns() // 1000 + 61_000_000
    monkeypatch.setattr("lrs.storage.stores.now_us", lambda: later)
    second, _ = tokens.mint(minting, ADA, OWN, PAGE, 10)
    tokens.revoke(second, minting)
    row = database.db["credentials"].find_one({"key": minting.key})
    assert [one["token"] for one in row["revoked_tokens"]] == [tokens.read(second).id]


def test_no_more_tokens_are_revoked_than_a_process_can_hold(tokens, mint, make_minting, monkeypatch):
    monkeypatch.setattr("lrs.auth.learner_tokens.MOST_REVOKED", 2)
    minting = make_minting(*OWN)
    made = [tokens.mint(minting, ADA, OWN, PAGE, 10)[0] for _ in range(3)]
    for token in made[:2]:
        tokens.revoke(token, minting)
    with pytest.raises(TooManyRequestsError, match="revoke the credential"):
        tokens.revoke(made[2], minting)


def test_the_chain_asks_the_verifier_that_knows_the_shape(tokens, mint):
    chain = BearerTokens([tokens])
    assert chain.check(mint()[0], PAGE).learner == ADA
    for foreign in ("", "abc", "eyJhbGciOiJub25lIn0.e30.", "x" * 20_000, "Learner_x"):
        with pytest.raises(UnauthorizedError):
            chain.check(foreign, PAGE)
