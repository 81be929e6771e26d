"""Statements as they come: asked for again and again, and answered only where something came."""

import re


def newest(answer):
    """Return the place of the newest line, which the next question names."""
    return re.search(r"newest=([0-9a-f]{28})", answer.text)[1]


def test_what_came_since_is_marked_and_nothing_is_answered_where_nothing_came(admin, stored, statement):
    stored(statement())
    before = newest(admin.get("/admin/live"))
    again = admin.get("/admin/live/lines", params={"newest": before})
    assert (again.status_code, again.text) == (204, "")
    stored(statement("ben"))
    after = admin.get("/admin/live/lines", params={"newest": before})
    assert after.text.count(" fresh") == 1
    assert "Ben" in after.text
    assert "<html" not in after.text
    assert newest(after) > before


def test_a_paused_page_asks_for_nothing(admin, stored):
    stored()
    assert "hx-trigger" in admin.get("/admin/live").text
    assert "hx-trigger" not in admin.get("/admin/live", params={"paused": "yes"}).text


def test_lines_of_one_source_are_shown_alone(admin, stored, statement, make_client):
    other = make_client()
    stored(statement("zoe"))
    stored(statement("ben"), by=other)
    page = admin.get("/admin/live", params={"source": other.auth[0]})
    assert "Ben" in page.text
    assert "Zoe" not in page.text


def test_only_looks_that_gave_something_out_are_in_the_audit(admin, stored, client, wait_for_lines):
    stored()
    place = newest(admin.get("/admin/live"))
    for _ in range(3):
        admin.get("/admin/live/lines", params={"newest": place})
    admin.get("/admin/statements")
    assert wait_for_lines(2) == ["/admin/statements", "/admin/live"]
