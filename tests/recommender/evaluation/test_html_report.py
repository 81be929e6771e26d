from __future__ import annotations

import re
import sys
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from lrs.errors import RequestRefusedError
from recommender.evaluation.comparison import Comparison
from recommender.evaluation.html_report import as_html
from recommender.metrics.intervals import Interval


class Elements(HTMLParser):
    """Counts elements and collects ids."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value or "" for name, value in attrs if name == "id"]


def read(page: str) -> Elements:
    found = Elements()
    found.feed(page)
    return found


def test_the_report_is_one_page_with_charts_that_needs_nothing_else(comparison: Comparison) -> None:
    page = as_html(comparison, "Evaluation of acme")
    found = read(page)
    assert found.tags.count("svg") == 6
    assert found.tags.count("h2") == 3
    assert not {"script", "link", "img", "iframe"} & set(found.tags)
    assert not re.search(r"(src|href)=.?https?:", page.replace("xlink:href", "xlink"))
    assert len(found.ids) == len(set(found.ids))
    assert "color-scheme: light dark" in page


def test_the_report_has_intervals_and_says_what_may_be_chance(comparison: Comparison) -> None:
    page = as_html(comparison, "Evaluation of acme")
    assert "<td>0.1600 [0.1000, 0.2000]</td>" in page
    assert "the best other by the validation: 5.300 [0.900, 9.000]." in page
    assert "<td>+0.1000 [-0.0200, +0.2000] (may be chance)</td>" in page


def test_names_are_escaped(comparison: Comparison) -> None:
    segment = replace(comparison.segments[0], name="<script>alert(1)</script>")
    page = as_html(replace(comparison, segments=(segment,)), "<b>&")
    assert "<script>" not in page
    assert "<h1>&lt;b&gt;&amp;</h1>" in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


def test_a_report_without_groups_and_choices_has_no_empty_tables(comparison: Comparison) -> None:
    bare = replace(comparison, segments=(), options={}, facts={}, ratios={"x": Interval(1, 1, 1)})
    assert read(as_html(bare, "x")).tags.count("table") == 1


def test_without_matplotlib_the_extra_to_install_is_named(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(RequestRefusedError, match=r"install learnerprise\[evaluation\]"):
        as_html(comparison, "x")
