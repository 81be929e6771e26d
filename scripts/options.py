"""Arguments and options that several commands share."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import click

from lrs.auth.scopes import SCOPES
from schemas.errors import InvalidInputError
from schemas.timestamps import parse_timestamp

Function = TypeVar("Function", bound=Callable[..., Any])
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


class Span(click.ParamType[float]):
    """A span of time such as 90s, 30m, 24h or 7d, in seconds."""

    name = "span"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds; a default is given in seconds already."""
        if isinstance(value, (int, float)):
            return value
        found = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd])", value)
        seconds = float(found[1]) * SECONDS[found[2]] if found else 0
        if seconds <= 0:
            self.fail(f"{value!r} is not a span of time; write one such as 90s, 30m, 24h or 7d.", param, ctx)
        return seconds


class Moment(click.ParamType[int]):
    """A time to come in microseconds since the epoch: a day, a timestamp, or a span from now."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return the microseconds; a day begins at midnight (UTC)."""
        if isinstance(value, int):
            return value
        if re.fullmatch(r"\d+(?:\.\d+)?[smhd]", value):
            return time.time_ns() // 1000 + round(SPAN.convert(value, param, ctx) * 1_000_000)
        try:
            return parse_timestamp(f"{value}T00:00:00Z" if re.fullmatch(r"[\d-]{10}", value) else value)
        except InvalidInputError:
            self.fail(
                f"{value!r} is not a time; write a day such as 2027-01-31, a timestamp, or a span such as 90d.",
                param,
                ctx,
            )


class HttpUrl(click.ParamType[str]):
    """The address of a server, such as http://127.0.0.1:8000."""

    name = "url"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the address without a slash at its end."""
        try:
            parts = urlsplit(value)
            is_url = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_url = False
        if not is_url:
            self.fail(f"{value!r} is not an address; write one such as http://127.0.0.1:8000.", param, ctx)
        return str(value).rstrip("/")


SPAN = Span()
MOMENT = Moment()
URL = HttpUrl()
FILE = click.Path(path_type=Path)

store_argument = click.argument("store")
json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON instead of text.")
output_option = click.option("--output", type=FILE, metavar="FILE", help="Write the JSON into this file too.")


def scope_option(said: str) -> Callable[[Function], Function]:
    """Return the option that names scopes of credentials."""
    kind = click.Choice(list(SCOPES))
    return click.option("--scope", "scopes", multiple=True, type=kind, metavar="SCOPE", help=said)
