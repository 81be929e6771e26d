"""A token is a credential of the store that trusts its provider; settings count at once."""

import uuid

import pytest

from lrs.auth.openid.connecting import connect_provider, disconnect_provider, find_fault
from lrs.auth.openid.tokens import OpenIdTokens
from lrs.auth.providers import Provider
from lrs.auth.pseudonyms import StorePseudonyms
from lrs.auth.stores import close_store, create_store, open_store
from lrs.config import Settings
from lrs.errors import ForbiddenError, RequestRefusedError, UnauthorizedError

SCOPES = (("*", "recommendations/read/mine"), ("staff", "record/read/mine"))
PSEUDONYMS = StorePseudonyms(Settings())


@pytest.fixture
def tokens(database):
    return OpenIdTokens(database, PSEUDONYMS)


def connect(database, store, provider, audience="learnerprise", **values):
    trusted = Provider(provider.issuer, audience, scopes=SCOPES, **values)
    return connect_provider(database, store, trusted)


def test_a_token_is_a_credential_of_the_store_that_trusts_its_provider(database, store, provider, tokens):
    connect(database, store, provider, roles=(("staff", "Engineer"),))
    found = tokens.check(provider.token(), None)
    assert found.store.id == store.id
    assert found.learner == f"account|{len(provider.issuer)}|{provider.issuer}|ada"
    assert found.scopes == {"recommendations/read/mine", "record/read/mine"}
    assert found.roles == ("Engineer",)


def test_the_authority_is_the_same_for_each_token_of_a_person_and_says_nothing_of_them(
    database, store, provider, tokens
):
    connect(database, store, provider)
    first, again = (
        one.check(provider.token(jti=str(uuid.uuid4())), None)
        for one in (tokens, OpenIdTokens(database, PSEUDONYMS))
    )
    other = tokens.check(provider.token(sub="bob"), None)
    assert first.authority("https://x.example") == again.authority("https://x.example")
    assert other.key != first.key
    assert "ada" not in str(first.authority("https://x.example"))


def test_settings_count_at_once_in_every_process(database, store, provider, tokens):
    connect(database, store, provider)
    assert tokens.check(provider.token(), None).store.id == store.id
    connect(database, store, provider, audience="other")
    with pytest.raises(UnauthorizedError, match="must be for exactly one"):
        tokens.check(provider.token(), None)
    assert tokens.check(provider.token(aud="other"), None).store.id == store.id
    disconnect_provider(database, store)
    with pytest.raises(UnauthorizedError, match="No store takes tokens of the issuer"):
        tokens.check(provider.token(aud="other"), None)


def test_one_provider_serves_several_stores_by_audience(database, store, other_store, provider, tokens):
    connect(database, store, provider, audience="one")
    connect(database, other_store, provider, audience="two")
    assert tokens.check(provider.token(aud="one"), None).store.id == store.id
    assert tokens.check(provider.token(aud=["two", "three"]), None).store.id == other_store.id
    keys = {tokens.check(provider.token(aud=name), None).key for name in ("one", "two")}
    assert len(keys) == 2
    for audience in (["one", "two"], "three", None):
        with pytest.raises(UnauthorizedError, match="exactly one"):
            tokens.check(provider.token(aud=audience), None)


def test_two_stores_cannot_take_the_same_tokens(database, store, other_store, provider):
    connect(database, store, provider)
    with pytest.raises(RequestRefusedError, match="already"):
        connect(database, other_store, provider)
    assert connect(database, store, provider, learner_claim="email").openid.learner_claim == "email"


def test_a_token_of_another_provider_is_refused_whoever_it_says_it_is_of(
    database, store, make_provider, tokens
):
    trusted, other = make_provider("RS256"), make_provider("another")
    connect(database, store, trusted)
    with pytest.raises(UnauthorizedError, match="issuer"):
        tokens.check(other.token(), None)
    with pytest.raises(UnauthorizedError, match="no key"):
        tokens.check(other.token(iss=trusted.issuer), None)
    with pytest.raises(UnauthorizedError, match="signature"):
        tokens.check(other.token(iss=trusted.issuer, header={"kid": "rsa"}), None)
    assert other.asked == []


def test_a_closed_store_takes_no_token(database, provider, tokens):
    store = create_store(database, f"store-{uuid.uuid4().hex}")
    connect(database, store, provider)
    close_store(database, store)
    with pytest.raises(ForbiddenError, match="closed"):
        tokens.check(provider.token(), None)
    open_store(database, store)
    assert tokens.check(provider.token(), None).store.id == store.id


def test_scopes_that_do_not_exist_cannot_be_granted(database, store, provider):
    with pytest.raises(RequestRefusedError, match="cannot be granted"):
        connect_provider(
            database, store, Provider(provider.issuer, "learnerprise", scopes=(("staff", "everything"),))
        )


def test_a_provider_that_cannot_be_read_is_told(provider):
    assert find_fault(Provider(provider.issuer, "learnerprise")) is None
    provider.answers.clear()
    assert "404" in find_fault(Provider(provider.issuer, "learnerprise"))


@pytest.mark.parametrize("token", ["eyJhbGciOiJub25lIn0.e30.", "ey", "eyJ.a.b.c.d"])
def test_json_web_tokens_are_recognised_by_their_shape(tokens, token):
    assert tokens.recognises(token)
    assert not tokens.recognises("client_" + token)
