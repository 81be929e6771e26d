"""A real browser on another origin asks with a learner's token, as the page of an LMS does."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

ADA, BOB = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:bob@example.org"}
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
SCRIPT = """<!doctype html><pre id=out></pre><script>
const asked = ASKED, told = [];
(async () => {
  for (const [method, url, body] of asked) {
    const headers = {Authorization: "Bearer TOKEN", "X-Experience-API-Version": "1.0.3"};
    if (body) headers["Content-Type"] = "application/json";
    try { told.push((await fetch(url, {method, headers, body})).status); } catch (error) { told.push(String(error)); }
  }
  document.getElementById("out").textContent = JSON.stringify(told);
})();
</script>"""

pytestmark = pytest.mark.skipif(BROWSER is None, reason="needs Chromium (Debian: apt-get install chromium)")


class Pages:
    """A web server for one page, which both 127.0.0.1 and localhost reach: two origins."""

    def __init__(self) -> None:
        self.page = b""
        pages = self

        class Serve(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(pages.page)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Serve)
        self.port = self.server.server_address[1]


@pytest.fixture
def pages() -> Iterator[Pages]:
    served = Pages()
    thread = threading.Thread(target=served.server.serve_forever, daemon=True)
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


@pytest.fixture
def browse(tmp_path: Path) -> Callable[[str], Any]:
    """Open a page in a browser of its own; return what its script told."""

    def open_page(url: str) -> Any:
        told = subprocess.run(
            [
                str(BROWSER),
                *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
                *(
                    f"--user-data-dir={tmp_path / 'profile'}",
                    "--virtual-time-budget=20000",
                    "--dump-dom",
                    url,
                ),
            ],
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        found = re.search(r"<pre id=\"out\">(.*?)</pre>", told, re.DOTALL)
        assert found, told
        return json.loads(unescape(found[1]))

    return open_page


def test_a_page_of_the_origin_asks_for_its_learner_and_other_pages_do_not(
    make_client: Callable[..., Any], pages: Pages, browse: Callable[[str], Any]
) -> None:
    client = make_client()
    scopes = ["recommendations/read/mine", "recommendations/write", "statements/write"]
    wish = {"agent": ADA, "origin": f"http://127.0.0.1:{pages.port}", "scopes": scopes}
    token = client.post("/tokens", json=wish).json()["token"]

    def about(path: str, agent: Any) -> str:
        return f"{client.url}{path}?agent={quote(json.dumps(agent))}"

    def statement(agent: Any) -> str:
        verb, nugget = {"id": "https://example.org/verbs/read"}, {"id": "https://example.org/nuggets/1"}
        return json.dumps({"actor": agent, "verb": verb, "object": nugget})

    choice = json.dumps({"peer": False})
    asked = [
        ("GET", about("/recommendations/nuggets", ADA), None),
        ("GET", about("/recommendations/nuggets", BOB), None),
        ("PUT", about("/recommendations/consents", ADA), choice),
        ("PUT", about("/recommendations/consents", BOB), choice),
        ("POST", f"{client.url}/xapi/statements", statement(ADA)),
        ("POST", f"{client.url}/xapi/statements", statement(BOB)),
        ("GET", f"{client.url}/xapi/statements", None),
    ]
    pages.page = SCRIPT.replace("ASKED", json.dumps(asked)).replace("TOKEN", token).encode()
    assert browse(f"http://127.0.0.1:{pages.port}/") == [200, 403, 200, 403, 200, 403, 403]
    assert set(browse(f"http://localhost:{pages.port}/")) == {403}
