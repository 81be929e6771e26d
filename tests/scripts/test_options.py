"""Spans of time and addresses, as commands read them."""

from __future__ import annotations

import click
import pytest

from scripts.options import SPAN, URL


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("10m", 600), ("1h", 3600), ("0.5h", 1800), ("7d", 604800), (60, 60)],
)
def test_a_span_of_time_is_read_in_seconds(text: str, seconds: float) -> None:
    assert SPAN.convert(text, None, None) == seconds


@pytest.mark.parametrize("text", ["", "soon", "10", "0m", "-1h", "1 h", "1w"])
def test_what_is_not_a_span_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match="write one such as 90s"):
        SPAN.convert(text, None, None)


def test_an_address_is_kept_without_a_slash_at_its_end() -> None:
    assert URL.convert("https://lrs.example/base/", None, None) == "https://lrs.example/base"


@pytest.mark.parametrize("text", ["", "127.0.0.1:8000", "ftp://x", "http://", "http://x:y", "http://x:0"])
def test_what_is_not_an_address_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(click.BadParameter, match=r"write one such as http://127\.0\.0\.1:8000"):
        URL.convert(text, None, None)
