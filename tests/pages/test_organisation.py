"""The page of the organisation shows what the figures answer, and what they answer is what was stored."""

import json
import re
import time

import pytest
import requests

from recommender.messages import LANGUAGES


def card(html, figure):
    found = re.search(
        rf'class="fig" data-figure="{figure}">.*?class="big num[^"]*">([^<]*)<.*?small">([^<]*)<', html, re.S
    )
    return found[1], found[2].strip()


def panel(html, figure):
    return re.search(rf'<section class="panel[^"]*" id="{figure}".*?</section>', html, re.S)[0]


def test_each_figure_is_what_was_stored_and_what_the_figure_answers(sign_in, company, shown, make_client):
    html = shown(sign_in("officer"), "/organisation", "15 of 35 people")
    shown(sign_in("officer"), "/organisation/reach.json", '"active_count":15')
    answer = make_client("insights/organisation").get("/insights/reach").json()
    active, everybody = (sum(map(len, some.values())) for some in (company.active, company.teams))
    assert (active, everybody) == (16, 33)
    told = answer["total"]["cells"]["active"]
    assert (told["count"], told["of"]) == (15, 35)  # to the nearest five
    assert card(html, "reach") == ("43%", "15 of 35 people learned something.")


def test_teams_of_few_people_are_hidden_in_the_panel_and_in_its_files(sign_in, company, shown):
    visitor = sign_in("officer")
    reach = panel(shown(visitor, "/organisation", "15 of 35 people"), "reach")
    rows = json.loads(shown(visitor, "/organisation/reach.json", '"active_count":15'))["rows"]
    assert {row["team"]: row["active"] for row in rows} == {
        "digital products": "<5",
        "operations": 0.5,
        "total": 15 / 35,
    }
    assert "Operations" in reach
    assert "Legal" not in reach
    assert visitor.get("/organisation/reach.csv").text.startswith("team,active,active_count,active_of")


def test_months_are_drawn_with_the_acts_that_were_stored(sign_in, company, shown):
    found = shown(sign_in("officer"), "/organisation/modalities.json", '"acts_formal_count":15')
    rows = json.loads(found)["rows"]
    month = time.strftime("%Y-%m", time.gmtime(time.time() - 3 * 86_400))
    [lately] = [row for row in rows if row["month"] == month]
    assert lately["acts_formal"] == 15  # of 16, to the nearest five
    assert company.acts == {"formal": 16, "informal": 16}


def test_a_store_without_learning_says_what_brings_some(sign_in, store):
    html = sign_in("officer").get("/organisation").text
    assert f"learnerprise credentials create {store.name} demo" in html
    assert "Too little has come in yet" in html


@pytest.mark.parametrize(
    ("query", "rule"),
    [
        ("window=31", "A window of &#39;31&#39; days is not kept; use one of 7, 30, 90, 365."),
        ("until=tomorrow", "&#39;tomorrow&#39; is not a day; write it as 2026-11-30."),
        ("until=2999-01-01", "2999-01-01 is not counted; use today or a day before."),
        ("until=%00", "is not a day"),
    ],
)
def test_a_window_that_is_not_kept_is_refused_in_words(sign_in, query, rule):
    answer = sign_in("officer").get(f"/organisation?{query}")
    assert answer.status_code == 400
    assert rule in answer.text


def test_another_window_is_asked_and_said(sign_in, company, shown):
    html = shown(sign_in("officer"), "/organisation?window=365", "35 of 35 people")
    assert card(html, "reach")[0] == "100%"
    assert "window=365" in panel(html, "reach")


@pytest.mark.parametrize(
    "path", ["/organisation/nothing.csv", "/organisation/reach.xml", "/organisation/funnel.csv"]
)
def test_tables_of_other_figures_are_not_there(sign_in, path):
    assert sign_in("officer").get(path).status_code == 404


@pytest.mark.parametrize("path", ["/organisation", "/organisation/reach.csv", "/organisation/report"])
def test_only_those_who_lead_learning_see_it(sign_in, server_url, path):
    assert sign_in("learner").get(path).status_code == 403
    assert "/sign-in" in requests.get(server_url + path, headers={"Accept": "text/html"}, timeout=60).url


def test_every_page_of_figures_speaks_five_languages(sign_in, company):
    visitor = sign_in("officer")
    for language in LANGUAGES:
        for path in (
            "/organisation",
            "/definitions",
            "/explore?figure=reach&compare=before",
            "/organisation/report",
        ):
            answer = visitor.get(path, headers={"Accept-Language": language})
            assert (answer.status_code, answer.headers["Content-Language"]) == (200, language), path


def test_figures_have_no_fault_in_a_browser(sign_in, company, shown, assert_faultless):
    shown(sign_in("officer"), "/organisation", "15 of 35 people")
    assert_faultless("/organisation", sign_in("officer"))


def test_who_is_ready_for_a_role_is_named_only_after_agreeing_to_be_considered(
    sign_in, company, client, read_all, shown
):
    entered = {"catalogue/roles?name=Planner": {"skills": {"planning": 2}}}
    entered |= {
        f"learners?agent=%7B%22mbox%22%3A%22mailto%3A{one}%40acme.example%22%7D": {"skills": ["planning"]}
        for one in ("o2", "o1", "o3")
    }
    for path, values in entered.items():
        answer = client.put(f"/recommendations/{path}", json=values)
        assert answer.status_code == 204, answer.text
    read_all()
    officer, people = sign_in("officer"), {}
    for one in ("o2", "o1"):
        people[one] = sign_in("learner", f"mbox|mailto:{one}@acme.example")
        people[one].post("/my-data/consents", {"kind": "roles", "answer": "yes"})
    named = shown(officer, "/organisation/ready?role=planner", "<bdi>o2</bdi>")
    assert re.findall("<bdi>(.*?)</bdi>", named) == ["o1", "o2"]
    people["o1"].post("/my-data/consents", {"kind": "roles", "answer": "no"})
    assert "<bdi>o1</bdi>" not in officer.get("/organisation/ready?role=planner").text
    shown(people["o2"], "/my-data", "your name, as you agreed")
    assert sign_in("community").get("/organisation/ready").status_code == 403


@pytest.fixture
def upload(sign_in):
    """Send a file with the form that stands below the comparison of teams."""
    visitor = sign_in("officer")

    def send(body, name="sales.csv"):
        return visitor.post("/organisation/measures", files={"file": (name, body, "text/csv")})

    return send


def test_a_measure_of_teams_is_kept(sign_in, company, shown, upload):
    shown(sign_in("officer"), "/organisation", "15 of 35 people")
    answer = upload("team,period,metric,value\nOperations,2026-03,sales,12\nOperations,2026-04,sales,13\n")
    assert answer.url.endswith("/organisation?kept=2#before-and-after")
    shown(sign_in("officer"), "/organisation?kept=2", "2 lines were kept.")
    shown(sign_in("officer"), f"/organisation?kept={'9' * 40}", "lines were kept.")


@pytest.mark.parametrize(
    ("body", "name", "rule"),
    [
        ("", "", "No lines were sent"),
        ("team,period,metric,value\nOperations,March,sales,12\n", "sales.csv", "March"),
        ("team,period,metric,value\nOperations,2026-03,sales,<b>\n", "sales.csv", "&lt;b&gt;"),
        (b"\xff\xfe\x00", "sales.csv", "UTF-8"),
    ],
)
def test_a_file_that_is_no_measure_is_refused_in_words(upload, body, name, rule):
    answer = upload(body, name)
    assert answer.status_code == 400
    assert rule in answer.text
    assert "Correct it and send it again" in answer.text


def test_refused_lines_stand_in_the_form_to_be_corrected(sign_in, upload):
    lines = "team,period,metric,value\nOperations,March,sales,<12>\n"
    answer = upload(lines)
    assert lines.replace("<", "&lt;").replace(">", "&gt;") in answer.text
    visitor = sign_in("officer")
    corrected = {"table": "team,period,metric,value\nOperations,2026-03,sales,12\n"}
    assert visitor.post("/organisation/measures", data=corrected).url.endswith("?kept=1#before-and-after")
    assert visitor.post("/organisation/measures", data={"table": lines}).status_code == 400


def test_only_those_who_lead_learning_may_send_measures(sign_in):
    answer = sign_in("learner").post("/organisation/measures", files={"file": ("a.csv", "team", "text/csv")})
    assert answer.status_code == 403
