"""The page for searching: what is found, narrowed and not found, for whom."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry

LONG = "<script>alert(1)</script> " + "SQL for everybody " * 27


@pytest.fixture
def nuggets(database: Database, store: Store) -> None:
    for name, values in {
        "joins": {"title": {"en": "SQL joins", "ca": "Unions en SQL"}, "format": "video", "skills": ["sql"]},
        "views": {"title": {"en": LONG[:480]}, "format": "text", "duration": "PT40M", "level": "beginner"},
    }.items():
        put_entry(database, store.id, "nuggets", f"https://acme.example/{name}", values)


def test_an_empty_search_says_what_can_be_found(sign_in: Callable[..., Any], nuggets: None) -> None:
    answer = sign_in("learner").get("/search", headers={"Accept-Language": "de"})
    assert answer.status_code == 200
    assert "Sagen Sie mit wenigen Worten" in answer.text


def test_what_is_found_can_be_narrowed_and_widened_again(sign_in: Callable[..., Any], nuggets: None) -> None:
    learner = sign_in("learner")
    everything = learner.get("/search?text=sql").text
    assert "2 nuggets found" in everything
    assert "<script>alert" not in everything
    assert "/search?text=sql&amp;format=video" in everything
    narrowed = learner.get("/search?text=sql&format=video", headers={"Accept-Language": "ca"}).text
    assert "Unions en SQL" in narrowed
    assert "everybody" not in narrowed
    assert 'aria-current="true"' in narrowed


def test_a_search_in_vain_says_what_to_do_and_keeps_the_words(
    sign_in: Callable[..., Any], nuggets: None
) -> None:
    shown = sign_in("learner").get("/search?text=kubernetes%22%3E&format=video").text
    assert "Try fewer or other words" in shown
    assert "Search without filters" in shown
    assert 'value="kubernetes&#34;&gt;"' in shown


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("admin", "/search?text=sql", 200),
        ("learner", f"/search?text={'x' * 201}", 400),
        ("learner", "/search?text=sql&max_minutes=soon", 400),
        ("learner", "/search?text=sql&skip=-1", 400),
    ],
)
def test_what_may_not_be_asked_is_refused_with_a_page(
    sign_in: Callable[..., Any], nuggets: None, role: str, path: str, status: int
) -> None:
    answer = sign_in(role).get(path)
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("text/html")


def test_a_tool_that_reads_no_catalogue_may_not_search(sign_in: Callable[..., Any]) -> None:
    tool = sign_in("analyst", scopes=["insights/explore"])
    assert tool.get("/search?text=sql").status_code == 403


def test_the_page_is_faultless_in_a_browser(
    sign_in: Callable[..., Any], nuggets: None, assert_faultless: Callable[..., None]
) -> None:
    assert_faultless("/search?text=sql", sign_in("learner"))


def test_a_search_can_be_made_by_keyboard_alone(
    sign_in: Callable[..., Any], nuggets: None, open_page: Callable[..., Any]
) -> None:
    page = open_page("/search", sign_in("learner"), java_script_enabled=False)
    page.focus("#find")
    page.keyboard.type("joins")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?text=joins")
    assert page.get_by_role("link", name="SQL joins").count() == 1
