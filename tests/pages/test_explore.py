"""Exploring: the query is the address; what cannot be asked is said, and nothing that was typed is lost."""

import json
from datetime import date, timedelta

import pytest

from recommender.insights.months import date_of, today


def test_the_query_is_the_address(sign_in, company, shown):
    visitor = sign_in("analyst")
    query = "figure=reach&by=team&window=30"
    html = shown(visitor, f"/explore?{query}", "15 of 35")
    assert "Operations" in html
    assert '<option value="team" selected>' in html
    rows = json.loads(shown(visitor, f"/explore.json?{query}", '"active_count":15'))["rows"]
    assert [row["team"] for row in rows] == ["digital products", "operations", "total"]


def test_the_window_before_stands_beside(sign_in, company, shown):
    visitor = sign_in("analyst")
    query = "figure=reach&by=team&window=90&compare=before"
    html = shown(visitor, f"/explore?{query}", "35 of 35")
    assert "15 of 35" in html
    assert "points (" in html
    rows = json.loads(shown(visitor, f"/explore.json?{query}", '"active_count":15'))["rows"]
    assert len({row["until"] for row in rows}) == 2


def test_as_many_days_until_any_day_stand_beside(sign_in, company, shown):
    visitor = sign_in("analyst")
    last = date_of(today() - 90)
    query = f"figure=reach&by=team&window=90&against={last - timedelta(days=1)}"
    html = shown(visitor, f"/explore?{query}", "35 of 35")
    assert f'name="against" max="{date_of(today())}" value="{last - timedelta(days=1)}"' in html
    rows = json.loads(shown(visitor, f"/explore.json?{query}", '"active_count":15'))["rows"]
    days = {(date.fromisoformat(row["since"]), date.fromisoformat(row["until"])) for row in rows}
    assert sorted((until - since).days + 1 for since, until in days) == [90, 90]
    assert min(until for _, until in days) == last - timedelta(days=1)
    before = visitor.get(f"/explore.json?figure=reach&window=90&against={last}").json()
    assert before["rows"] == visitor.get("/explore.json?figure=reach&window=90&compare=before").json()["rows"]


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("figure=nothing", "There is no figure"),
        ("figure=reach&by=term", "cannot be split by term"),
        ("figure=reach&window=31", "A window of"),
        ("figure=reach&since=2026-01-01", "there are 5 days; choose a window of 7 to 366 days"),
        ("figure=reach&since=yesterday", "is not a day"),
        ("figure=reach&against=2999-01-01", "2999-01-01 is not counted"),
        (
            "figure=reach&where=weather&is=rain",
            "use one of: team, role, site, language, skill, nugget, format, modality.",
        ),
        ("figure=%3Cscript%3E", "&lt;script&gt;"),
    ],
)
def test_what_cannot_be_asked_is_said_beside_the_form(sign_in, query, rule):
    answer = sign_in("analyst").get(f"/explore?{query}&until=2026-01-05")
    assert answer.status_code == 400
    assert rule in answer.text
    assert 'value="2026-01-05"' in answer.text
    assert "<script>" not in answer.text


def test_a_file_without_a_figure_is_refused(sign_in):
    assert sign_in("analyst").get("/explore.csv").status_code == 400


def test_exploring_has_no_fault_in_a_browser(sign_in, company, assert_faultless):
    assert_faultless("/explore?figure=reach&by=team&compare=before", sign_in("analyst"))


LIVE = "document.querySelector('[data-live] svg') !== null"


@pytest.mark.parametrize(
    "query", ["figure=reach&by=team", "figure=modalities&by=month", "figure=reach&by=month"]
)
def test_a_chart_answers_to_a_pointer(sign_in, company, shown, open_page, query):
    visitor = sign_in("analyst")
    shown(visitor, f"/explore?{query}&window=365", "data-live")
    page = open_page(f"/explore?{query}&window=365", visitor)
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(LIVE)
    assert page.locator(".live").get_attribute("aria-label")
    assert page.locator(".chart > svg:visible").count() == 0
    assert page.complaints == []


def test_without_scripts_the_drawing_of_the_server_stays(sign_in, company, shown, open_page):
    visitor = sign_in("analyst")
    shown(visitor, "/explore?figure=reach&by=team&window=365", "data-live")
    page = open_page("/explore?figure=reach&by=team&window=365", visitor, java_script_enabled=False)
    assert not page.locator(".live").is_visible()
    assert page.locator(".chart > svg:visible").count() == 1
