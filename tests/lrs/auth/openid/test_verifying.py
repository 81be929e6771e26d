"""What is no token of the provider is refused, each for its own reason; clocks may differ by a minute."""

import base64
import hashlib
import hmac
import json
import time

import pytest
from joserfc.jwk import RSAKey

from lrs.auth.openid.verifying import LEEWAY_S, MOST_BYTES, take_apart, verify
from lrs.errors import UnauthorizedError


def segment(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def sealed(header, claims, secret=b""):
    signed = f"{segment(header)}.{segment(claims)}"
    signature = hmac.new(secret, signed.encode(), hashlib.sha256).digest() if secret else b"x"
    return f"{signed}.{segment(signature)}"


def check(provider, token, **changes):
    sent = take_apart(token)
    wanted = {"issuer": provider.issuer, "audience": "learnerprise", **changes}
    return verify(sent, find_key=lambda issuer, algorithm, key_id: provider.keys[0], **wanted)


def refused(provider, token, **changes):
    with pytest.raises(UnauthorizedError) as told:
        check(provider, token, **changes)
    assert told.value.path == "Authorization"
    assert told.value.rule
    return told.value.message


@pytest.mark.parametrize("name", ["RS256", "ES256", "Ed25519"])
def test_a_token_of_each_kind_of_key_is_verified(make_provider, name):
    provider = make_provider(name)
    claims = check(provider, provider.token())
    assert (claims["sub"], claims["email"]) == ("ada", "ada@example.org")


def test_the_kinds_of_rsa_signatures_are_told_apart(provider):
    assert check(provider, provider.token(header={"alg": "PS256"}))["sub"] == "ada"
    _, payload, signature = provider.token(header={"alg": "PS256"}).split(".")
    other = provider.token().split(".")[0]
    assert "signature" in refused(provider, f"{other}.{payload}.{signature}")


@pytest.mark.parametrize(
    "algorithm", ["none", "None", "NONE", "HS256", "HS512", "EdDSA", "", 5, None, ["RS256"]]
)
def test_only_asymmetric_algorithms_that_are_listed_are_taken(provider, algorithm):
    assert "alg" in refused(provider, sealed({"alg": algorithm, "kid": "rsa"}, provider.claims(), b"secret"))


def test_a_token_without_signature_is_refused(provider):
    header, payload, _ = provider.token().split(".")
    assert "header.payload.signature" in refused(provider, f"{header}.{payload}.")


@pytest.mark.parametrize("form", ["pem", "der", "jwk"])
def test_the_public_key_is_no_secret_to_sign_with(provider, form):
    key = provider.keys[0]
    secret = {
        "pem": key.as_pem(private=False),
        "der": key.as_der(private=False),
        "jwk": json.dumps(key.as_dict(private=False)).encode(),
    }[form]
    assert "alg" in refused(provider, sealed({"alg": "HS256", "kid": "rsa"}, provider.claims(), secret))


def test_a_signature_of_another_key_is_refused(provider, signing_keys):
    token = provider.token(signing_keys["another"], header={"kid": "rsa"})
    assert "signature" in refused(provider, token)


def test_a_changed_claim_is_refused(provider):
    header, _, signature = provider.token().split(".")
    forged = segment(provider.claims(sub="bob"))
    assert "signature" in refused(provider, f"{header}.{forged}.{signature}")


@pytest.mark.parametrize(
    "header",
    [
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/chain"},
        {"jwk": RSAKey.generate_key(2048).as_dict(private=False)},
        {"x5c": ["MIIB"]},
    ],
    ids=lambda header: next(iter(header)),
)
def test_keys_that_a_token_brings_or_names_are_not_looked_at(provider, signing_keys, header):
    assert check(provider, provider.token(header=header))["sub"] == "ada"
    assert "signature" in refused(
        provider, provider.token(signing_keys["another"], header={"kid": "rsa", **header})
    )
    assert provider.asked == []


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"crit": ["exp"]}, "crit"),
        ({"crit": ["b64"], "b64": False}, "crit"),
        ({"typ": "logout+jwt"}, "typ"),
        ({"typ": "dpop+jwt"}, "typ"),
        ({"typ": 5}, "typ"),
        ({"cty": "JWT"}, "another token"),
        ({"kid": 5}, "kid"),
        ({"kid": ["rsa"]}, "kid"),
    ],
)
def test_what_a_header_may_not_say(provider, header, said):
    assert said in refused(provider, sealed({"alg": "RS256", **header}, provider.claims()))


@pytest.mark.parametrize("kind", ["JWT", "at+jwt", "application/at+jwt", None])
def test_types_of_access_and_id_tokens_are_taken(provider, kind):
    assert check(provider, provider.token(header={"typ": kind}))["sub"] == "ada"


@pytest.mark.parametrize(
    "token",
    [
        "ey",
        "ey.ey.ey",
        "eyJ9.e30.x",
        "..",
        "a.b",
        "é.é.é",
        "e30=.e30=.x",
        segment(b"[]") + ".e30.x",
        segment(b"nonsense") + ".e30.x",
        segment(b"\xff") + ".e30.x",
        segment({"alg": "RS256"}) + "." + segment(b"[" * 3000) + ".x",
        segment(b"[" * 3000) + ".e30.x",
        segment(b'{"a":' * 900) + ".e30.x",
        segment(b'{"alg":"RS256","alg":"none"}') + ".e30.x",
    ],
    ids=range(14),
)
def test_rubbish_is_refused(provider, token):
    assert refused(provider, token)


def test_an_encrypted_token_is_refused(provider):
    assert "encrypted" in refused(provider, segment({"alg": "RSA-OAEP", "enc": "A256GCM"}) + ".a.b.c.d")


def test_an_oversized_token_is_refused_before_anything_is_decoded(provider):
    assert str(MOST_BYTES) in refused(provider, provider.token(padding="x" * MOST_BYTES))
    assert check(provider, provider.token(padding="x" * 4000))["sub"] == "ada"


NOW = 1_900_000_000


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        ({"exp": NOW - LEEWAY_S}, "expired"),
        ({"exp": None}, "exp"),
        ({"exp": "2999-01-01"}, "exp"),
        ({"exp": True}, "exp"),
        ({"nbf": NOW + LEEWAY_S + 1}, "not yet valid"),
        ({"nbf": "soon"}, "nbf"),
        ({"iat": NOW + LEEWAY_S + 1}, "future"),
        ({"iss": "https://other.example"}, "iss"),
        ({"iss": None}, "iss"),
        ({"aud": "another"}, "aud"),
        ({"aud": ["a", "b"]}, "aud"),
        ({"aud": None}, "aud"),
        ({"aud": {"learnerprise": 1}}, "aud"),
        ({"sub": None}, "sub"),
        ({"sub": 5}, "sub"),
    ],
)
def test_claims_that_are_refused(provider, claims, said):
    whole = {"iat": NOW, "exp": NOW + 300, **claims}
    assert said in refused(provider, provider.token(**whole), now=lambda: NOW)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - LEEWAY_S + 1},
        {"nbf": NOW + LEEWAY_S},
        {"iat": NOW + LEEWAY_S},
        {"aud": ["another", "learnerprise"]},
        {"exp": NOW + 0.5},
    ],
)
def test_clocks_that_differ_by_a_minute_and_several_audiences_are_taken(provider, claims):
    whole = {"iat": NOW, "exp": NOW + 300, **claims}
    assert check(provider, provider.token(**whole), now=lambda: NOW)["sub"] == "ada"


def test_verifying_takes_little_time(provider):
    sent = take_apart(provider.token())
    began = time.perf_counter()
    for _ in range(50):
        verify(sent, provider.issuer, "learnerprise", lambda *_: provider.keys[0])
    assert time.perf_counter() - began < 5
