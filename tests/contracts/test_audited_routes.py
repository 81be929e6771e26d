"""Every route says whether it is audited; those about people leave a line, the others none."""

import pytest

from lrs.resources.auditing import AUDITED, UNAUDITED
from recommender.api import audited


@pytest.fixture
def declared(routes):
    """Every route with each of its methods but those that HTTP adds."""
    return {
        (path, method)
        for path, methods in routes
        for method in methods
        if method not in ("HEAD", "OPTIONS") and not path.startswith("/static")
    }


def test_every_route_is_audited_or_says_why_not(declared):
    listed = [*AUDITED, *UNAUDITED, *audited.AUDITED, *audited.UNAUDITED]
    assert len(listed) == len(set(listed))
    assert set(listed) == declared


def test_what_is_not_audited_says_why():
    assert all(reason.strip() for reason in (*UNAUDITED.values(), *audited.UNAUDITED.values()))
