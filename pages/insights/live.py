"""Charts that answer to a pointer: the data that `live.js` draws with ECharts, instead of the server's drawings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from markupsafe import Markup

from pages.drawing import Chart, Missing, Series, Value, written
from schemas.json_text import dump_json

SCRIPTS = ("vendor/echarts-6.1.0/echarts.min.js", "live.js")
"""What a page with such charts loads beside the scripts of every page."""
Kind = Literal["bars", "lines", "stacked"]


def live_chart(chart: Chart, kind: Kind, *, is_share: bool) -> Markup:
    """Return the place of a chart that stands instead of the server's drawing, which follows it."""
    series = [_series(one, chart) for one in chart.series]
    return live_place(
        {
            "kind": kind,
            "sentence": chart.sentence,
            "labels": chart.labels,
            "share": is_share,
            "series": series,
        },
        "instead",
    )


def live_place(data: Mapping[str, Any], style: str) -> Markup:
    """Return the place where a script draws these data; hidden until it does."""
    return Markup('<div class="live {}" data-live="{}" hidden></div>').format(style, dump_json(data).decode())


def _series(one: Series, chart: Chart) -> dict[str, Any]:
    return {
        "name": one.name,
        "kind": one.kind,
        "values": list(map(_number, one.values)),
        "texts": [written(value, chart.words) for value in one.values],
        "bounds": one.intervals,
    }


def _number(value: Value) -> float | None:
    return None if isinstance(value, Missing) else value
