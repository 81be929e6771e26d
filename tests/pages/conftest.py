"""Visitors over HTTP and in a real browser, signed in as a role; and what every page must be in one."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from axe_playwright_python.sync_playwright import Axe
from flask import Flask

from lrs.auth.credentials import Credential
from lrs.auth.held import HeldCredentials
from lrs.auth.roles import ROLES
from lrs.auth.sessions import Sessions
from lrs.storage.stored_time import now_us, read_consistent_through
from pages import visitors
from pages.app import AREAS
from recommender.interactions.sync import sync_interactions

CHROMIUM = Path("/usr/bin/chromium")
INSTALL = "there is no Chromium for the tests of pages; install it with: apt-get install chromium"
LOOKS = (("light", 360), ("light", 768), ("light", 1280), ("dark", 1280), ("dark", 360))
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
WIDER = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class PageVisitor:
    """Somebody signed in, with a browser that knows no scripts; `learner` is the own canonical identifier."""

    url: str
    token: str
    csrf: str
    learner: str | None
    http: requests.Session = field(default_factory=requests.Session)

    def get(self, path: str, **kwargs: Any) -> requests.Response:
        return self._send("GET", path, **kwargs)

    def post(self, path: str, data: dict[str, str] | None = None, **kwargs: Any) -> requests.Response:
        """Send a form with the token of the session."""
        return self._send("POST", path, data={"csrf": self.csrf, **(data or {})}, **kwargs)

    def _send(self, method: str, path: str, **kwargs: Any) -> requests.Response:
        headers = {"Accept": "text/html", **kwargs.pop("headers", {})}
        return self.http.request(method, self.url + path, headers=headers, timeout=60, **kwargs)


@pytest.fixture
def sign_in(server_url: str, database: Any, store: Any) -> Iterator[Callable[..., PageVisitor]]:
    """Sign somebody in as one of `lrs.auth.roles`: `sign_in("officer", learner="mbox|mailto:ada@example.org")`.

    `scopes` are those of a tool instead, which is no learner.
    """
    made: list[PageVisitor] = []
    sessions = Sessions(database, HeldCredentials(database))

    def enter(
        role: str,
        learner: str | None = None,
        of: Any = None,
        name: str = "Ada Lovelace",
        scopes: Iterable[str] = (),
    ) -> PageVisitor:
        who = None if scopes else learner or f"mbox|mailto:{uuid.uuid4().hex}@example.org"
        key = f"page-{uuid.uuid4().hex}"
        token = sessions.start(Credential(key, name, of or store, frozenset(scopes or ROLES[role]), who))
        found = sessions.find(token)
        assert found is not None
        visitor = PageVisitor(server_url, token, found.csrf, who)
        visitor.http.cookies.set(visitors.COOKIE, token)
        made.append(visitor)
        return visitor

    yield enter
    for visitor in made:
        visitor.http.close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A real browser; tests that need one are skipped where there is none."""
    if not CHROMIUM.exists():
        pytest.skip(INSTALL)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Any, server_url: str) -> Iterator[Callable[..., Any]]:
    """Open a page in the browser: `open_page("/home", visitor, width=360, scheme="dark", locale="de")`.

    The page notes what its console says of errors and of the policy (`page.complaints`).
    """
    contexts: list[Any] = []

    def show(path: str, visitor: PageVisitor | None = None, **options: Any) -> Any:
        width, scheme = options.pop("width", 1280), options.pop("scheme", "light")
        size = {"width": width, "height": 900}
        context = chromium.new_context(
            viewport=size, color_scheme=scheme, locale=options.pop("locale", "en-GB"), **options
        )
        contexts.append(context)
        if visitor is not None:
            host = urlsplit(server_url).hostname
            context.add_cookies(
                [{"name": visitors.COOKIE, "value": visitor.token, "domain": host, "path": "/"}]
            )
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: _note(page, said))
        page.on("pageerror", lambda error: page.complaints.append(f"error: {error}"))
        page.goto(server_url + path)
        return page

    yield show
    for context in contexts:
        context.close()


def _note(page: Any, said: Any) -> None:
    if said.type in ("error", "warning"):
        page.complaints.append(f"{said.type}: {said.text}")


def find_faults(page: Any) -> list[str]:
    """Return what is wrong with a page as it is shown: accessibility, policy, console, and scrolling sideways."""
    found = Axe().run(page, options=RULES).response["violations"]
    faults = [f"{one['id']}: {node['html'][:200]}" for one in found for node in one["nodes"]]
    if page.evaluate(WIDER):
        faults.append(f"scrolls sideways at {page.viewport_size['width']} px")
    return [*faults, *page.complaints]


@pytest.fixture
def assert_faultless(open_page: Callable[..., Any]) -> Callable[..., None]:
    """Look at a page in three widths and two schemes: no fault of accessibility, policy, console or width."""

    def check(path: str, visitor: PageVisitor | None = None, **options: Any) -> None:
        looks = options.pop("looks", LOOKS)
        page = open_page(path, visitor, **options)
        for scheme, width in looks:
            page.emulate_media(color_scheme=scheme)
            page.set_viewport_size({"width": width, "height": 900})
            assert find_faults(page) == [], f"{path}, {scheme}, {width} px"

    return check


@pytest.fixture(scope="session")
def page_routes() -> set[tuple[str, str]]:
    """Every route of the pages with each of its methods but those that HTTP adds."""
    app = Flask("pages")
    for area in AREAS:
        app.register_blueprint(area.blueprint)
    return {
        (rule.rule, method)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.endpoint != "static"
    }


@dataclass(frozen=True)
class Company:
    """What was stored of an invented company: who is in which team, and who learned in the last days, and how."""

    teams: dict[str, list[str]]
    active: dict[str, set[str]]
    acts: dict[str, int]


@pytest.fixture
def read_all(database: Any, store: Any) -> Callable[[], None]:
    """Wait until all that was sent may be read, and make interactions of it."""

    def read() -> None:
        sent, deadline = now_us(), time.monotonic() + 20
        while read_consistent_through(database, store.id) <= sent and time.monotonic() < deadline:
            time.sleep(0.01)
        sync_interactions(database, store.id)

    return read


@pytest.fixture
def shown() -> Callable[..., str]:
    """Load a page again until it has a text: processes hold what they read for a few seconds."""

    def load(visitor: PageVisitor, path: str, wanted: str) -> str:
        deadline = time.monotonic() + 30
        while wanted not in (html := visitor.get(path).text) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert wanted in html
        return html

    return load


@pytest.fixture
def company(client: Any, read_all: Callable[[], None]) -> Company:
    """A company of two teams and a small one, all of whom learned 100 days ago, and some of whom in the last days."""
    teams = {
        "Operations": [f"o{number}" for number in range(20)],
        "Digital Products": [f"d{number}" for number in range(10)],
        "Legal <b>": [f"l{number}" for number in range(3)],
    }
    active = {team: set(names[: len(names) // 2]) for team, names in teams.items()}
    kinds = {"course": "formal", "article": "informal"}
    acts, statements = dict.fromkeys(kinds.values(), 0), []
    for team, names in teams.items():
        for name in names:
            statements.append(_learned(name, team, "course", 100))
        for name in sorted(active[team]):
            for kind, modality in kinds.items():
                acts[modality] += 1
                statements.append(_learned(name, team, kind, 3))
    assert client.post("/xapi/statements", json=statements).status_code == 200
    read_all()
    return Company(teams, active, acts)


def _learned(name: str, team: str, kind: str, days: int) -> dict[str, Any]:
    stamp = time.strftime("%Y-%m-%dT12:00:00Z", time.gmtime(time.time() - days * 86_400))
    types = {
        "course": "http://adlnet.gov/expapi/activities/course",
        "article": "http://activitystrea.ms/article",
    }
    return {
        "actor": {"mbox": f"mailto:{name}@acme.example", "name": name},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed"},
        "object": {
            "id": f"https://acme.example/{kind}",
            "definition": {"type": types[kind], "name": {"en": f"A {kind}"}},
        },
        "context": {
            "team": {"objectType": "Group", "name": team, "mbox": f"mailto:{team.split()[0]}@acme.example"}
        },
        "timestamp": stamp,
    }


@pytest.fixture
def faults_of() -> Callable[[Any], list[str]]:
    """Return what is wrong with a page as it is shown."""
    return find_faults
