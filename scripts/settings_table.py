"""Write docs/settings.md: every setting of the services, from the classes that read them."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lrs.config
import recommender.config

PAGE = Path(__file__).resolve().parents[1] / "docs" / "settings.md"
SECTIONS: tuple[tuple[str, Any], ...] = (
    ("The service", lrs.config.Settings),
    ("Recommendations", recommender.config.RecommenderSettings),
    ("Training", recommender.config.TrainingSettings),
)
INTRODUCTION = """# Settings

Each is an environment variable; one that is not set, or blank, has its default. A value that does not fit ends
the start with one sentence that names the variable. This page is written by `python -m scripts.settings_table`.
"""
KINDS = {int: "whole number", float: "number", str: "text", bool: "true or false"}


def main() -> int:
    """Write the page; with --check tell by the exit status whether it is up to date."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing; return 1 if the page is out of date"
    )
    arguments = parser.parse_args()
    if not arguments.check:
        PAGE.write_text(page_text())
        return 0
    if PAGE.exists() and PAGE.read_text() == page_text():
        return 0
    print(f"{PAGE} is out of date; run: python -m scripts.settings_table", file=sys.stderr)
    return 1


def page_text() -> str:
    """Return the whole page."""
    return "\n".join([INTRODUCTION, *(line for title, kind in SECTIONS for line in _section(title, kind))])


def _section(title: str, kind: Any) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| Variable | Default | Type | What for |"
    yield "|---|---|---|---|"
    for item in dataclasses.fields(kind):
        default = f"`{item.default}`" if str(item.default) else "(empty)"
        cells = (f"`{item.metadata['variable']}`", default, _kind(item), item.metadata["help"])
        yield "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"
    yield ""


def _kind(item: dataclasses.Field[Any]) -> str:
    least, most = item.metadata.get("minimum"), item.metadata.get("maximum")
    bounds = [f"from {least}"] * (least is not None) + [f"to {most}"] * (most is not None)
    return " ".join([KINDS.get(type(item.default), "path"), *bounds])


if __name__ == "__main__":
    sys.exit(main())
