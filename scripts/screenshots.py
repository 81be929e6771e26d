"""Take the pictures of docs/images: every page of a running demo, as Chromium shows it.

make demo, then: python -m scripts.screenshots http://127.0.0.1:8000
"""

from __future__ import annotations

import base64
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "images"
CHROMIUM = "/usr/bin/chromium"
QUALITY = 70
DESK, TELEPHONE = 1280, 360
HEIGHT = 860


@dataclass(frozen=True, slots=True)
class Shot:
    """A page as somebody sees it; without a role nobody is signed in."""

    name: str
    path: str
    role: str = ""
    width: int = DESK
    scheme: str = "light"
    language: str = "en-GB"


SHOTS = (
    Shot("sign-in", "/sign-in"),
    Shot("home", "/home", "learner"),
    Shot("home-narrow", "/home", "learner", TELEPHONE, "dark", "ca"),
    Shot("record", "/record", "learner"),
    Shot("peers", "/peers", "learner"),
    Shot("my-data", "/my-data", "learner", language="de"),
    Shot("community", "/community", "community"),
    Shot("organisation", "/organisation", "officer"),
    Shot("organisation-dark", "/organisation", "officer", DESK, "dark", "fr"),
    Shot("explore", "/explore?figure=reach&by=team", "analyst"),
    Shot("definitions", "/definitions", "officer"),
    Shot("catalogue", "/catalogue", "producer"),
    Shot("admin", "/admin", "admin"),
    Shot("admin-statements", "/admin/statements", "admin", language="es"),
    Shot("docs", "/docs"),
)


def main() -> None:
    """Take every picture of the demo at the address given."""
    url = sys.argv[1].rstrip("/")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for shot in SHOTS:
            body = _taken(browser, url, shot)
            (FOLDER / f"{shot.name}.webp").write_bytes(body)
            print(f"{shot.name:<20}{len(body) / 1024:6.0f} KiB")
        browser.close()


def _taken(browser: Browser, url: str, shot: Shot) -> bytes:
    scheme: Any = shot.scheme
    size: Any = {"width": shot.width, "height": HEIGHT}
    with browser.new_context(viewport=size, color_scheme=scheme, locale=shot.language) as context:
        page = context.new_page()
        page.goto(f"{url}/sign-in")
        if shot.role:
            page.click(f"button[name=role][value={shot.role}]")
        page.goto(f"{url}{shot.path}", wait_until="networkidle")
        options = {"format": "webp", "quality": QUALITY}
        taken = context.new_cdp_session(page).send("Page.captureScreenshot", options)
        return base64.b64decode(taken["data"])


if __name__ == "__main__":
    main()
