"""Every route of the pages is audited, or says why not."""

from pages.app import AREAS


def test_every_route_is_audited_or_says_why_not(page_routes):
    listed = [route for area in AREAS for route in (*area.AUDITED, *area.UNAUDITED)]
    assert len(listed) == len(set(listed))
    assert set(listed) == page_routes
    assert all(reason.strip() for area in AREAS for reason in area.UNAUDITED.values())
