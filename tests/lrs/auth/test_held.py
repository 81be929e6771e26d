import pytest

from lrs.auth.credentials import create_credential
from lrs.auth.held import HeldCredentials
from lrs.auth.stores import HELD_S, set_versions
from lrs.errors import UnauthorizedError
from lrs.storage.stores import update_credential_row


@pytest.fixture
def seconds():
    """The clock of the test, to be turned forward."""
    return [0.0]


@pytest.fixture
def held(database, seconds):
    return HeldCredentials(database, lambda: seconds[0])


@pytest.fixture
def pair(database, store):
    return create_credential(database, store, "a tool", ["statements/read"])


def test_a_credential_is_let_in_with_its_store_and_scopes(held, pair, store):
    for _ in range(3):
        credential = held.check(*pair)
        assert (credential.store, credential.scopes) == (store, {"statements/read"})


def test_a_wrong_secret_is_refused_while_the_credential_is_held(held, pair):
    held.check(*pair)
    for wrong in ("", pair[1][:-1], pair[1].upper()):
        with pytest.raises(UnauthorizedError):
            held.check(pair[0], wrong)
    assert held.check(*pair)


def test_a_revoked_credential_is_let_in_no_longer_than_it_is_held(database, held, pair, seconds):
    held.check(*pair)
    update_credential_row(database, pair[0], {"revoked_us": 1})
    seconds[0] = HELD_S * 0.99
    held.check(*pair)
    seconds[0] = HELD_S
    with pytest.raises(UnauthorizedError):
        held.check(*pair)


def test_holding_is_not_prolonged_by_use(database, held, pair, seconds):
    held.check(*pair)
    update_credential_row(database, pair[0], {"revoked_us": 1})
    for share in (0.5, 0.9):
        seconds[0] = HELD_S * share
        held.check(*pair)
    seconds[0] = HELD_S
    with pytest.raises(UnauthorizedError):
        held.check(*pair)


def test_a_credential_counts_at_once_though_its_key_was_unknown_before(database, held, store, monkeypatch):
    monkeypatch.setattr("lrs.auth.credentials.secrets.token_hex", lambda length: f"{store.id}{length}")
    pair = (f"{store.id}16", f"{store.id}32")
    with pytest.raises(UnauthorizedError):
        held.check(*pair)
    assert create_credential(database, store, "new") == pair
    assert held.check(*pair).name == "new"


def test_a_changed_store_is_seen_when_the_change_returns(database, pair, store):
    held = HeldCredentials(database)
    held.check(*pair)
    set_versions(database, store, ["2.0.0"])
    assert held.check(*pair).store.versions == ("2.0.0",)


def test_what_is_held_is_bounded(database, store, monkeypatch):
    monkeypatch.setattr("lrs.auth.held.MOST_HELD", 2)
    held = HeldCredentials(database, lambda: 0.0)
    pairs = [create_credential(database, store, name) for name in "abc"]
    assert [held.check(*pair).name for pair in pairs * 2] == list("abcabc")
    assert len(held._held) <= 2
