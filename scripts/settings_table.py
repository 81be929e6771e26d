"""List every setting of the services, from the classes that read them; write docs/settings.md."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

import lrs.config
import recommender.config
from scripts.command import FAILED, command, run
from scripts.options import json_option
from scripts.output import print_json, print_table, say

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
SECTIONS: tuple[tuple[str, Any], ...] = (
    ("The service", lrs.config.Settings),
    ("Recommendations", recommender.config.RecommenderSettings),
    ("Training", recommender.config.TrainingSettings),
)
INTRODUCTION = """# Settings

Each is an environment variable; one that is not set, or blank, has its default. A value that does not fit ends
the start with one sentence that names the variable. `learnerprise settings` lists them on the command line;
this page is written by `learnerprise settings --write`.
"""
HEADER = ("variable", "default", "type", "what for")
KINDS = {int: "whole number", float: "number", str: "text", bool: "true or false"}


@command(examples=["", "--json", "--write"])
@click.option("--write", is_flag=True, help="Write docs/settings.md of this checkout.")
@click.option("--check", is_flag=True, help="Return 1 if docs/settings.md is out of date.")
@json_option
def main(write: bool, check: bool, as_json: bool) -> int:
    """List the settings, each an environment variable, with their defaults."""
    if write:
        PAGE.write_text(page_text())
        return 0
    if check:
        return _check()
    settings = [item for _, kind in SECTIONS for item in dataclasses.fields(kind)]
    if as_json:
        print_json([_values(item) for item in settings])
    else:
        print_table(HEADER, [_row(item) for item in settings])
    return 0


def page_text() -> str:
    """Return the whole page."""
    return "\n".join([INTRODUCTION, *(line for title, kind in SECTIONS for line in _section(title, kind))])


def _check() -> int:
    if PAGE.exists() and PAGE.read_text() == page_text():
        return 0
    say(f"{PAGE} is out of date; run: learnerprise settings --write")
    return FAILED


def _section(title: str, kind: Any) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| Variable | Default | Type | What for |"
    yield "|---|---|---|---|"
    for item in dataclasses.fields(kind):
        variable, default, type_name, meaning = _row(item)
        cells = (f"`{variable}`", f"`{default}`" if default else "(empty)", type_name, meaning)
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _row(item: dataclasses.Field[Any]) -> tuple[str, str, str, str]:
    default = "" if item.default is None else str(item.default)
    return (item.metadata["variable"], default, _kind(item), item.metadata["help"])


def _values(item: dataclasses.Field[Any]) -> dict[str, str]:
    variable, default, type_name, meaning = _row(item)
    return {"variable": variable, "default": default, "type": type_name, "help": meaning}


def _kind(item: dataclasses.Field[Any]) -> str:
    least, most = item.metadata.get("minimum"), item.metadata.get("maximum")
    bounds = [f"from {least}"] * (least is not None) + [f"to {most}"] * (most is not None)
    return " ".join([KINDS.get(item.metadata["kind"], "path"), *bounds])


if __name__ == "__main__":
    run(main)
