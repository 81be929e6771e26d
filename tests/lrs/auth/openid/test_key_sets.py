"""Keys are fetched once, kept while the provider is away, and replaced when it rotates them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.auth.openid import fetching, key_sets
from lrs.auth.openid.fetching import ProviderError, fetch_object
from lrs.auth.openid.key_sets import FRESH_S, KEPT_S, PAUSE_S, KeySets, fetch_keys, read_keys
from lrs.errors import ServiceUnavailableError, UnauthorizedError


class Clock:
    now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def keys(clock):
    return KeySets(clock=clock)


def settled(condition):
    deadline = time.monotonic() + 10
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.005)
    assert condition()


def fetches(provider):
    return provider.asked.count("/keys")


def is_refused(keys, provider):
    try:
        keys.find(provider.issuer, "RS256", "rsa")
    except UnauthorizedError:
        return True
    return False


def away(handler):
    handler.send_error(503)


def test_keys_are_fetched_once_for_all_requests(provider, keys):
    for _ in range(5):
        assert keys.find(provider.issuer, "RS256", "rsa").kid == "rsa"
    assert fetches(provider) == 1


def test_a_token_without_kid_is_checked_with_the_only_key_that_fits(make_provider, keys):
    one, several = make_provider("RS256", "ES256"), make_provider("RS256", "another")
    assert keys.find(one.issuer, "RS256", None).kid == "rsa"
    with pytest.raises(UnauthorizedError):
        keys.find(several.issuer, "RS256", None)


def test_a_key_fits_its_own_algorithms_alone(make_provider, keys):
    provider = make_provider("RS256", "ES256")
    assert keys.find(provider.issuer, "ES256", "ec").kid == "ec"
    for algorithm, kid in (("ES256", "rsa"), ("RS256", "ec")):
        with pytest.raises(UnauthorizedError):
            keys.find(provider.issuer, algorithm, kid)


def test_a_rotated_key_is_found_at_once(provider, keys, clock, signing_keys):
    keys.find(provider.issuer, "RS256", "rsa")
    provider.publish(signing_keys["another"])
    clock.now += PAUSE_S
    assert keys.find(provider.issuer, "RS256", "another").kid == "another"
    with pytest.raises(UnauthorizedError, match="no key"):
        keys.find(provider.issuer, "RS256", "rsa")


def test_unknown_key_ids_let_keys_be_fetched_no_more_often_than_allowed(provider, keys, clock):
    for number in range(50):
        with pytest.raises(UnauthorizedError, match="no key"):
            keys.find(provider.issuer, "RS256", f"made-up-{number}")
    assert fetches(provider) == 1
    clock.now += PAUSE_S
    with pytest.raises(UnauthorizedError):
        keys.find(provider.issuer, "RS256", "made-up")
    assert fetches(provider) == 2


def test_known_keys_work_while_the_provider_is_away_and_unknown_ones_are_503(provider, keys, clock):
    keys.find(provider.issuer, "RS256", "rsa")
    provider.answers["/keys"] = away
    clock.now += FRESH_S + 1
    assert keys.find(provider.issuer, "RS256", "rsa").kid == "rsa"
    settled(lambda: fetches(provider) == 2)
    clock.now += PAUSE_S
    assert keys.find(provider.issuer, "RS256", "rsa").kid == "rsa"
    clock.now += PAUSE_S
    with pytest.raises(ServiceUnavailableError, match="cannot be read now"):
        keys.find(provider.issuer, "RS256", "new")
    clock.now += KEPT_S
    with pytest.raises(ServiceUnavailableError):
        keys.find(provider.issuer, "RS256", "rsa")


def test_a_withdrawn_key_is_refused_once_keys_are_read_again(provider, keys, clock, signing_keys):
    keys.find(provider.issuer, "RS256", "rsa")
    provider.publish(signing_keys["another"])
    clock.now += FRESH_S + 1
    assert keys.find(provider.issuer, "RS256", "rsa").kid == "rsa"
    settled(lambda: is_refused(keys, provider))
    assert fetches(provider) == 2


def test_a_provider_that_hangs_holds_few_requests_and_not_for_long(provider, keys, monkeypatch):
    monkeypatch.setattr(key_sets, "WAIT_S", 0.2)
    ends = threading.Event()
    provider.answers["/keys"] = lambda handler: ends.wait(30)
    began = time.monotonic()

    def ask(_):
        with pytest.raises(ServiceUnavailableError):
            keys.find(provider.issuer, "RS256", "rsa")

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(ask, range(12)))
    ends.set()
    assert time.monotonic() - began < 5
    assert fetches(provider) == 1


def test_keys_are_read_ahead_and_forgotten_with_the_last_store(provider, keys):
    keys.prepare({provider.issuer})
    settled(lambda: fetches(provider) == 1)
    keys.prepare({provider.issuer})
    assert keys.find(provider.issuer, "RS256", "rsa").kid == "rsa"
    assert fetches(provider) == 1
    keys.prepare(set())
    keys.find(provider.issuer, "RS256", "rsa")
    assert fetches(provider) == 2


def redirect(handler):
    handler.send_response(302)
    handler.send_header("Location", "/keys")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def drip(handler):
    handler.send_response(200)
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (redirect, "302"),
        (away, "503"),
        (b"x" * (fetching.MOST_BYTES + 1), "bytes"),
        (b"[" * 5000, "JSON"),
        (b"[]", "not an object"),
        (drip, "longer"),
        (None, "404"),
    ],
    ids=["redirect", "503", "large", "deep", "list", "slow", "404"],
)
def test_what_is_not_a_document_is_refused_within_bounds(provider, answer, said, monkeypatch):
    monkeypatch.setattr(fetching, "WITHIN_S", 0.3)
    provider.answers["/document"] = answer
    with pytest.raises(ProviderError, match=said):
        fetch_object(f"{provider.issuer}/document")


@pytest.mark.parametrize(
    "address", ["http://example.org/keys", "file:///etc/passwd", "ftp://127.0.0.1/", "x", ""]
)
def test_only_https_and_loopback_are_fetched(address):
    with pytest.raises(ProviderError):
        fetch_object(address)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "https://other.example"},
        {"jwks_uri": None},
        {"jwks_uri": "http://192.0.2.1/"},
        {"jwks_uri": 5},
    ],
)
def test_a_description_of_another_issuer_or_with_a_wrong_address_is_refused(provider, changes):
    provider.describe(**changes)
    with pytest.raises(ProviderError):
        fetch_keys(provider.issuer)


def test_the_address_of_the_keys_may_have_a_query(provider):
    provider.answers["/keys?policy=sign-in"] = provider.answers.pop("/keys")
    provider.describe(jwks_uri=f"{provider.issuer}/keys?policy=sign-in")
    assert [key.id for key in fetch_keys(provider.issuer)] == ["rsa"]


def test_keys_that_cannot_verify_are_left_out(signing_keys):
    good = signing_keys["ES256"].as_dict(private=False)
    short = {"kty": "RSA", "n": "AQAB" * 40, "e": "AQAB", "kid": "short"}
    rows = [
        short,
        {"kty": "oct", "k": "c2VjcmV0", "kid": "secret"},
        {"kty": "AKP", "alg": "ML-DSA-44"},
        {**good, "use": "enc", "kid": "for encryption"},
        {"kty": "EC", "crv": "P-256"},
        {"kty": "EC", "crv": 5, "x": [], "y": {}},
        "text",
        None,
        good,
    ]
    assert [key.id for key in read_keys({"keys": rows})] == ["ec"]
    for nothing in ([], rows[:-1], None, {"a": 1}):
        with pytest.raises(ProviderError, match="no public key"):
            read_keys({"keys": nothing})
