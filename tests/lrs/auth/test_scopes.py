"""Which scopes include which (xAPI 1.0.3 Communication 4.2, and our own)."""

import pytest

from lrs.auth.scopes import GRANTED_BY, GRANTED_TO_LEARNERS, OF_LEARNERS, SCOPES

READING = {
    "statements/read",
    "statements/read/mine",
    "state/read",
    "profile/read",
    "recommendations/read",
    "recommendations/read/mine",
    "record/read/mine",
    "learners/read",
    "catalogue/read",
    "insights/read",
    "insights/community",
    "insights/organisation",
    "insights/explore",
    "metrics/read",
}


def granted(scope):
    return {one for one in SCOPES if scope in GRANTED_BY[one]} - {scope}


@pytest.mark.parametrize(
    ("scope", "included"),
    [
        ("all", set(SCOPES) - {"all"}),
        ("all/read", READING),
        ("state", {"state/read", "state/write"}),
        ("profile", {"profile/read", "profile/write"}),
        ("statements/read", {"statements/read/mine"}),
        ("recommendations/read", {"recommendations/read/mine"}),
        ("statements/write", set()),
        ("define", set()),
        ("tokens/mint", set()),
        ("learners/write", set()),
    ],
)
def test_wider_scopes_include_narrower_ones(scope, included):
    assert granted(scope) == included


def test_every_scope_is_described_in_one_phrase():
    for scope, meaning in SCOPES.items():
        assert meaning and meaning[0].islower() and "." not in meaning.removesuffix("."), scope


def test_a_learner_is_granted_reading_and_what_is_the_learners_own():
    assert GRANTED_TO_LEARNERS - granted("all/read") == {"recommendations/write", "statements/write"}
    assert OF_LEARNERS < GRANTED_TO_LEARNERS
