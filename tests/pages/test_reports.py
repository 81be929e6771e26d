"""A report has the chosen figures, is frozen as one file that needs nothing else, and is there as CSV."""

import csv
import os
import re
import subprocess
import sys
import uuid

import pytest
import requests

from lrs.personas import find_person
from recommender.storage.own_settings import write_settings


def test_a_frozen_report_needs_nothing_from_anywhere(sign_in, company):
    answer = sign_in("officer").get("/organisation/report.html?figure=reach&figure=modalities&window=90")
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="learning-')
    assert re.findall(r'(?:src|href|action)="', answer.text) == []
    assert re.findall(r'<section class="panel" data-figure="([^"]*)"', answer.text) == ["reach", "modalities"]
    assert "What the figures mean" in answer.text
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_the_csv_of_a_report_has_a_line_for_each_cell(sign_in, company, shown):
    found = shown(sign_in("officer"), "/organisation/report.csv?figure=reach", "operations,,active,0.5")
    lines = list(csv.DictReader(found.splitlines()))
    assert [(line["group"], line["column"], line["value"]) for line in lines] == [
        ("digital products", "active", "<5"),
        ("operations", "active", "0.5"),
        ("total", "active", str(15 / 35)),
    ]


def test_a_figure_that_a_report_does_not_have_is_refused(sign_in):
    answer = sign_in("officer").get("/organisation/report?figure=nothing")
    assert answer.status_code == 400
    assert "is not a figure of this report" in answer.text


def test_the_choice_of_a_report_has_no_fault_in_a_browser(sign_in, company, assert_faultless):
    assert_faultless("/organisation/report", sign_in("officer"))


@pytest.fixture
def send_reports(database_uri, mail_sink, store):
    """Run the command that sends mails of the test's store."""

    def run():
        environment = {**os.environ, "MONGODB_URI": database_uri, "LEARNERPRISE_SMTP_URL": mail_sink.url}
        command = [sys.executable, "-m", "scripts.digest", store.name]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)

    return run


def test_the_report_comes_each_month_to_whoever_asked_and_ends_by_a_link(
    sign_in, company, shown, database, store, mail_sink, send_reports, server_url
):
    mail = f"{uuid.uuid4().hex}@acme.example"
    officer = sign_in("officer", learner=f"mbox|mailto:{mail}")
    assert "Off until you want it" in officer.get("/organisation/report").text
    asked = officer.post("/organisation/report/mail?window=365", {"figure": "reach"})
    assert f"comes to {mail}" in asked.text
    send_reports()
    assert mail_sink.find(mail, within_s=0.1) == []
    person = find_person(database, store.id, f"mbox|mailto:{mail}")
    write_settings(database, store.id, person.ids, reported=1)
    for _ in range(2):
        send_reports()
    [report] = mail_sink.find(mail)
    assert re.search(r"/organisation/report\?figure=reach&window=365&until=\d{4}-\d\d-\d\d", report)
    assert "What the figures mean" in report
    assert "fewer than 5 people" in report
    token = re.search(r"/digest/link\?token=([\w.-]+)", report)[1]
    assert requests.get(f"{server_url}/digest/link", params={"token": token}, timeout=60).status_code == 200
    assert mail in officer.get("/organisation/report").text
    assert requests.post(f"{server_url}/digest/link", data={"token": token}, timeout=60).status_code == 200
    assert "Off until you want it" in officer.get("/organisation/report").text


def test_a_report_that_nobody_renewed_ends_by_itself(sign_in, database, store, mail_sink, send_reports):
    mail = f"{uuid.uuid4().hex}@acme.example"
    officer = sign_in("officer", learner=f"mbox|mailto:{mail}")
    officer.post("/organisation/report/mail")
    person = find_person(database, store.id, f"mbox|mailto:{mail}")
    write_settings(database, store.id, person.ids, reported=1, report_until=2)
    send_reports()
    assert mail_sink.find(mail, within_s=0.1) == []
    assert "End the mails" in officer.get("/organisation/report").text
    officer.post("/organisation/report/mail", {"do": "end"})
    assert "End the mails" not in officer.get("/organisation/report").text


def test_who_has_no_address_here_is_told_where_to_confirm_one(sign_in):
    officer = sign_in("officer", learner="account|https://acme.example|ada")
    assert "Confirm one for the weekly digest first" in officer.get("/organisation/report").text
    assert officer.post("/organisation/report/mail").status_code == 400


def test_only_those_who_lead_learning_ask_for_reports(sign_in):
    assert sign_in("learner").post("/organisation/report/mail").status_code == 403


def test_a_report_prints_dark_on_white_without_bars_and_forms_whatever_the_scheme(
    sign_in, company, open_page
):
    page = open_page("/organisation/report", sign_in("officer"), scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    ink = page.locator(".report h1").evaluate("one => getComputedStyle(one).color")
    assert ink == "rgb(29, 35, 39)"
    assert page.locator("form:visible").count() == 0
    assert page.locator("header.bar").is_hidden()
