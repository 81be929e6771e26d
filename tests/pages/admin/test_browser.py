"""The pages of administration and of the catalogue in a real browser: without faults, by keyboard, with htmx."""

import pytest

from recommender.catalogue.editing import put_entry
from recommender.storage.entries import find_entries

JOINS = "https://acme.example/joins"
PAGES = (
    *("/admin", "/admin/live", "/admin/statements", "/admin/refused", "/admin/credentials", "/admin/models"),
    *("/admin/jobs", "/admin/privacy", "/admin/privacy/audit", "/admin/people?person=ada@example.org"),
    *("/catalogue", f"/catalogue/nugget?activity={JOINS}", "/catalogue/nugget", "/catalogue/figures"),
)


@pytest.fixture
def filled(stored, statement, known, database, store, hostile):
    """A store with a Statement of hostile words, and a nugget."""
    known("ada")
    actor = {"mbox": "mailto:ada@example.org", "name": hostile}
    activity = {"id": JOINS, "definition": {"name": {"en": hostile}}}
    put_entry(database, store.id, "nuggets", JOINS, {"title": {"en": hostile[:500]}, "owner": hostile[:100]})
    return stored(statement(actor=actor, object=activity))


@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_fault_narrow_or_wide_light_or_dark(admin, filled, open_page, faults_of, path):
    page = open_page(path, admin, width=360)
    assert faults_of(page) == []
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme="dark")
    assert faults_of(page) == []


def test_a_statement_unfolds_in_its_place(admin, filled, open_page):
    page = open_page("/admin/statements", admin)
    page.get_by_role("link", name="JSON of Statement").first.click()
    page.get_by_text("As it was stored").wait_for()
    assert page.url.endswith("/admin/statements")
    assert filled[0] in page.locator("#fold-1 pre").first.inner_text()
    assert page.complaints == []


def test_what_comes_appears_by_itself(admin, filled, stored, statement, open_page):
    page = open_page("/admin/live", admin)
    assert page.locator("tr.fresh").count() == 0
    stored(statement("ben"))
    page.locator("tr.fresh").get_by_text("Ben").wait_for(timeout=15_000)
    assert page.complaints == []


def test_what_was_typed_in_a_list_is_kept_when_the_sign_in_has_expired(sign_in, filled, open_page):
    page = open_page("/catalogue", sign_in("producer"))
    page.locator("a.edit").click()
    page.locator(".in-place [name=level]").fill("Typed long ago")
    page.context.clear_cookies()
    page.locator(".in-place [name=level]").press("Enter")
    page.get_by_role("heading", name="Your sign-in has expired").wait_for()
    assert page.locator('.editor [name="kept.level"]').input_value() == "Typed long ago"


def test_a_nugget_is_edited_in_its_place_by_keyboard(sign_in, filled, open_page, database, store):
    page = open_page("/catalogue", sign_in("producer"))
    page.locator("a.edit").focus()
    page.keyboard.press("Enter")
    level = page.locator(".in-place [name=level]")
    level.wait_for()
    level.focus()
    page.keyboard.type("Advanced")
    page.keyboard.press("Enter")
    page.get_by_text("The nugget is saved").wait_for()
    assert find_entries(database, store.id, "nuggets", [JOINS])[JOINS].values["level"] == "advanced"
    assert page.complaints == []


def test_two_tabs_meet_in_place_and_nothing_typed_is_lost(sign_in, filled, open_page, database, store):
    page = open_page("/catalogue", sign_in("producer"))
    page.locator("a.edit").click()
    page.locator(".in-place [name=level]").fill("mine")
    put_entry(database, store.id, "nuggets", JOINS, {"level": "theirs"})
    page.locator(".in-place form.nugget-form button").first.click()
    page.get_by_text("Somebody else has saved this nugget").wait_for()
    assert page.locator(".in-place [name=level]").input_value() == "mine"
    page.get_by_role("button", name="Save mine all the same").click()
    page.get_by_text("The nugget is saved").wait_for()
    assert find_entries(database, store.id, "nuggets", [JOINS])[JOINS].values["level"] == "mine"


def test_pages_work_without_javascript(admin, filled, open_page):
    page = open_page("/catalogue", admin, java_script_enabled=False)
    page.locator("a.edit").click()
    page.locator("[name=level]").fill("basic")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_text("The nugget is saved").wait_for()
    page.goto(page.url.partition("/catalogue")[0] + "/admin/statements")
    page.get_by_role("link", name="JSON of Statement").click()
    page.get_by_text("As it was stored").wait_for()
