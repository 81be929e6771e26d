"""What may be registered of an LTI platform."""

import pytest

from lrs.auth.platforms import Platform, origin_of
from lrs.errors import RequestRefusedError

GOOD = {
    "issuer": "https://lms.example.org/moodle",
    "client_id": "tool",
    "deployments": ("1",),
    "login_address": "https://lms.example.org/auth?x=1",
    "keys_address": "https://lms.example.org/keys",
}


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": "http://lms.example.org"},
        {"issuer": "https://lms.example.org/?x=1"},
        {"client_id": " "},
        {"deployments": ()},
        {"deployments": ("",)},
        {"deployments": ("1",) * 201},
        {"login_address": "ftp://lms.example.org"},
        {"keys_address": "http://lms.example.org/keys"},
        {"learner": "name"},
        {"origins": ("https://lms.example.org/path",)},
        {"origins": ("https://lms.example.org;",)},
        {"origins": ("*",)},
        {"origins": ("https://lms.example.org script-src *",)},
        {"origins": tuple(f"https://lms{number}.example.org" for number in range(11))},
    ],
    ids=str,
)
def test_a_platform_that_could_not_be_asked_or_would_open_too_much_is_refused(changes):
    assert Platform(**GOOD)
    with pytest.raises(RequestRefusedError):
        Platform(**{**GOOD, **changes})


@pytest.mark.parametrize(
    ("address", "origin"),
    [
        ("https://LMS.example.org:443/moodle", "https://lms.example.org"),
        ("http://localhost:8080/x?y=1", "http://localhost:8080"),
        ("https://[::1]:443/x", "https://[::1]"),
    ],
)
def test_an_origin_is_written_as_browsers_do(address, origin):
    assert origin_of(address) == origin


def test_pages_of_the_issuer_may_frame_ours_where_no_others_are_named():
    assert Platform(**GOOD).framing == ("https://lms.example.org",)
    assert Platform(**GOOD, origins=("https://school.example.org",)).framing == (
        "https://school.example.org",
    )
