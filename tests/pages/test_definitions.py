"""Every figure is defined, and every figure on a page leads to its definition."""

import html
import re

from recommender.insights.figures import FIGURES


def test_every_figure_is_defined_under_its_name(sign_in):
    shown = sign_in("officer").get("/definitions").text
    assert re.findall(r'class="panel def" id="([^"]*)"', shown) == list(FIGURES)


def test_definitions_are_there_as_files(sign_in):
    visitor = sign_in("officer")
    rows = visitor.get("/definitions.json").json()["rows"]
    german = visitor.get("/definitions", headers={"Accept-Language": "de"}).text
    assert all(figure.numerators["de"] in html.unescape(german) for figure in FIGURES.values())
    assert [row["floor"] for row in rows] == [figure.floor for figure in FIGURES.values()]
    assert len(visitor.get("/definitions.csv").text.splitlines()) == len(FIGURES) + 1


def test_links_of_figures_lead_to_definitions(sign_in, company):
    shown = sign_in("officer").get("/organisation").text
    assert set(re.findall(r'href="/definitions#([^"]*)"', shown)) <= FIGURES.keys()


def test_definitions_have_no_fault_in_a_browser(sign_in, assert_faultless):
    assert_faultless("/definitions#reach", sign_in("officer"))
