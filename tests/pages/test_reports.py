"""A report has the chosen figures, is frozen as one file that needs nothing else, and is there as CSV."""

import csv
import re


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
