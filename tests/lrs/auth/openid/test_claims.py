"""Claims become a learner, scopes and roles as the store's settings say; what names nobody is refused."""

import pytest

from lrs.auth.openid.claims import find_claim, read_grant
from lrs.auth.providers import Provider
from lrs.errors import ForbiddenError, RequestRefusedError

ISSUER = "https://login.example.org/realms/one"
CLAIMS = {
    "sub": "u-17",
    "email": "Ada@Example.org",
    "email_verified": True,
    "roles": ["staff", "engineers"],
    "realm_access": {"roles": ["lead"]},
    "https://example.org/number": "E17",
}


def make(**values):
    return Provider(issuer=ISSUER, audience="learnerprise", **values)


MAIL = {"learner": "mail", "learner_claim": "email"}


@pytest.mark.parametrize(
    ("values", "identifier"),
    [
        ({}, f"account|{len(ISSUER)}|{ISSUER}|u-17"),
        (MAIL, "mbox|mailto:Ada@example.org"),
        (
            {"learner_claim": "https://example.org/number", "home_page": "https://hr.example"},
            "account|18|https://hr.example|E17",
        ),
    ],
)
def test_the_claim_that_is_set_names_the_learner(values, identifier):
    assert read_grant(CLAIMS, make(**values)).learner == identifier


@pytest.mark.parametrize(
    ("values", "changes"),
    [
        (MAIL, {"email": None}),
        (MAIL, {"email": "no address"}),
        (MAIL, {"email": "a@b@c?cc=d"}),
        (MAIL, {"email_verified": False}),
        (MAIL, {"email_verified": None}),
        (MAIL, {"email_verified": "true"}),
        ({"learner_claim": "number"}, {}),
        ({}, {"sub": " "}),
        ({}, {"sub": ["u-17"]}),
    ],
)
def test_claims_that_name_no_learner_are_403(values, changes):
    with pytest.raises(ForbiddenError):
        read_grant({**CLAIMS, **changes}, make(**values))


def test_addresses_that_nobody_verified_are_taken_where_the_store_says_so():
    provider = make(**MAIL, needs_verified_mail=False)
    assert read_grant({**CLAIMS, "email_verified": False}, provider).learner == "mbox|mailto:Ada@example.org"


def test_groups_bring_scopes_and_roles():
    provider = make(
        scopes=(("*", "record/read/mine"), ("staff", "recommendations/read/mine"), ("boss", "all")),
        roles=(("engineers", "Engineer"), ("boss", "Head"), ("staff", "Engineer")),
    )
    grant = read_grant(CLAIMS, provider)
    assert grant.scopes == {"record/read/mine", "recommendations/read/mine"}
    assert grant.roles == ("Engineer",)


def test_no_claim_can_name_everybody():
    provider = make(scopes=(("*", "record/read/mine"),), roles=(("*", "Guest"),))
    assert read_grant({**CLAIMS, "roles": "*"}, provider).roles == ("Guest",)
    assert read_grant({**CLAIMS, "roles": None}, provider).scopes == {"record/read/mine"}


@pytest.mark.parametrize("groups", ["lead", ["lead", 5, None], {"lead": True}, 5, None])
def test_groups_of_any_shape_are_read(groups):
    provider = make(groups_claim="realm_access.roles", roles=(("lead", "Lead"),))
    found = read_grant({**CLAIMS, "realm_access": {"roles": groups}}, provider).roles
    assert found == (("Lead",) if "lead" in str(groups) and not isinstance(groups, dict) else ())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sub", "u-17"),
        ("realm_access.roles", ["lead"]),
        ("https://example.org/number", "E17"),
        ("sub.x", None),
    ],
)
def test_a_claim_is_found_by_name_or_path(name, value):
    assert find_claim(CLAIMS, name) == value


@pytest.mark.parametrize(
    "values",
    [
        {"issuer": "http://login.example.org"},
        {"issuer": "https://login.example.org/?a=1"},
        {"issuer": "https://user:word@login.example.org"},
        {"issuer": "https://"},
        {"issuer": "login.example.org"},
        {"issuer": "https://[::1"},
        {"issuer": "https://a b.example"},
        {"issuer": "ftp://127.0.0.1"},
        {"audience": " "},
        {"audience": "x" * 501},
        {"learner": "name"},
        {"learner_claim": ""},
        {"home_page": "no IRI"},
        {"roles": (("staff", ""),)},
        {"scopes": tuple((str(number), "all") for number in range(201))},
    ],
    ids=str,
)
def test_settings_that_make_no_sense_are_refused(values):
    with pytest.raises(RequestRefusedError):
        Provider(**{"issuer": ISSUER, "audience": "learnerprise", **values})


@pytest.mark.parametrize(
    "issuer", ["http://127.0.0.1:8080", "http://localhost/realm", "http://[::1]:5", ISSUER]
)
def test_http_is_taken_from_this_machine_alone(issuer):
    assert Provider(issuer, "learnerprise").issuer == issuer
