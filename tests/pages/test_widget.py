"""What is next inside the page of another tool, in a real browser on another origin: the iframe and the element."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

ADA = {"mbox": "mailto:ada@example.org"}
NUGGET = "https://example.org/nuggets/wind"
PATIENCE_S = 30
SCOPES = ["recommendations/read/mine", "statements/write"]
ELEMENT = """<!doctype html><html lang="de"><title>LMS</title>
<script src="{url}/static/current/learnerprise-next.js" defer></script>
<learnerprise-next agent='{agent}' token="{token}"></learnerprise-next>"""
FRAME = """<!doctype html><title>LMS</title><script>
addEventListener("message", (event) => {{ if (event.origin === "{url}") window.height = event.data.height; }});
</script><iframe name="next" width="600" height="500"></iframe>
<form method="post" action="{url}/widget" target="next"><input type="hidden" name="token" value="{token}"></form>
<script>document.forms[0].submit()</script>"""


@pytest.fixture
def lms():
    """A web server for one page, which both localhost and 127.0.0.1 reach: two origins."""

    class Serve(BaseHTTPRequestHandler):
        page = b""

        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(Serve.page)

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Serve)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.show = lambda text: setattr(Serve, "page", text.encode())
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def token(client, lms):
    """A token of Ada for pages at localhost, in a store with one nugget."""
    answer = client.put(
        "/recommendations/catalogue/nuggets",
        params={"activity": NUGGET},
        json={"title": {"en": "About <b>wind"}, "modality": "formal", "duration": "PT40M"},
    )
    assert answer.status_code == 204, answer.text
    deadline = time.monotonic() + PATIENCE_S
    asked = {"agent": json.dumps(ADA)}
    while not client.get("/recommendations/nuggets", params=asked).json()["recommendations"]:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    wish = {"agent": ADA, "origin": f"http://localhost:{lms.server_address[1]}", "scopes": SCOPES}
    return client.post("/tokens", json=wish).json()["token"]


@pytest.fixture
def visit(chromium, lms):
    """Open the page of the other tool, once the catalogue has the nugget."""
    context = chromium.new_context()

    def show(text, host="localhost"):
        lms.show(text)
        page = context.new_page()
        page.complaints = []
        page.on("pageerror", lambda error: page.complaints.append(str(error)))
        page.goto(f"http://{host}:{lms.server_address[1]}/")
        return page

    yield show
    context.close()


def verbs(client):
    found = client.get("/xapi/statements", params={"agent": json.dumps(ADA)}).json()["statements"]
    return [one["verb"]["id"].rpartition("/")[2] for one in found][::-1]


def test_the_element_shows_what_is_next_and_acts_from_another_origin(visit, token, client):
    page = visit(ELEMENT.format(url=client.url, agent=json.dumps(ADA), token=token))
    button = page.get_by_role("button", name="Passt nicht: About <b>wind")
    button.wait_for()
    assert page.get_by_role("heading", name="Als Nächstes").count() == 1
    button.dblclick()
    undo = page.get_by_role("button", name="Rückgängig: About <b>wind")
    undo.wait_for()
    assert button.count() == 0
    assert verbs(client) == ["disliked"]
    undo.press("Enter")
    button.wait_for()
    assert verbs(client) == ["disliked", "activitystreams#Undo"]
    assert page.complaints == []


def test_the_element_asks_for_a_new_token(visit, client):
    page = visit(ELEMENT.format(url=client.url, agent=json.dumps(ADA), token="learner_expired"))
    page.get_by_text("Laden Sie die Seite neu").wait_for()
    assert page.complaints == []


def test_the_frame_shows_what_is_next_and_acts_without_a_cookie(visit, token, client):
    page = visit(FRAME.format(url=client.url, token=token))
    frame = page.frame_locator("iframe")
    button = frame.get_by_role("button", name="Done: About <b>wind")
    button.wait_for()
    page.wait_for_function("window.height > 100")
    button.press("Enter")
    frame.get_by_role("status").get_by_text("is in your record as completed").wait_for()
    assert verbs(client) == ["completed"]
    frame.get_by_role("button", name="Undo: About <b>wind").click()
    button.wait_for()
    assert [one.url for one in page.frames[1:]] == [f"{client.url}/widget/acts"]
    assert page.complaints == []


def test_pages_of_another_origin_cannot_frame_it(visit, token, client):
    page = visit(FRAME.format(url=client.url, token=token), host="127.0.0.1")
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").get_by_role("heading", name="Next for you").count() == 0


@pytest.mark.parametrize("token", ["", "x", "learner_x", "learner_" + "x" * 20_000])
@pytest.mark.parametrize("path", ["/widget", "/widget/acts"])
def test_a_wrong_token_opens_nothing_and_says_what_to_do(server_url, path, token):
    headers = {"Accept": "text/html"}
    answer = requests.post(f"{server_url}{path}", data={"token": token}, headers=headers, timeout=60)
    assert answer.status_code == 401
    assert "Load the page around it again" in answer.text


def test_a_token_that_may_only_read_shows_no_acts_and_stores_nothing(client, lms):
    wish = {"agent": ADA, "origin": f"http://localhost:{lms.server_address[1]}", "scopes": SCOPES[:1]}
    token = client.post("/tokens", json=wish).json()["token"]
    assert requests.get(f"{client.url}/widget", params={"token": token}, timeout=60).status_code == 405
    answer = requests.post(f"{client.url}/widget", data={"token": token}, timeout=60)
    assert answer.status_code == 200
    assert f"frame-ancestors {wish['origin']}" in answer.headers["Content-Security-Policy"]
    form = {"token": token, "act": "done", "activity": NUGGET}
    assert requests.post(f"{client.url}/widget/acts", data=form, timeout=60).status_code == 403
    assert verbs(client) == []


def test_other_pages_are_never_framed(sign_in):
    for path in ("/home", "/my-data", "/sign-in"):
        assert "frame-ancestors 'none'" in sign_in("learner").get(path).headers["Content-Security-Policy"]
