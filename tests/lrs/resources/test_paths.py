"""Behind reverse proxies and below a path prefix; slashes too many."""

import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import pytest
import requests
from flask import Flask, request

from lrs.auth.credentials import create_credential
from lrs.resources.paths import link, register_paths

STATE = {"activityId": "https://example.org/1", "agent": '{"mbox":"mailto:a@b.org"}', "stateId": "x"}
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding"}
NGINX = """
daemon off; error_log {folder}/error.log; pid {folder}/pid;
events {{}}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port};
    location /lrs/ {{
      proxy_pass {url}/;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $http_host;
      proxy_set_header X-Forwarded-Prefix /lrs;
    }}
  }}
}}
"""


@contextmanager
def running(command, log, ready, **environment):
    """Run a process for the block; give its output once `ready` finds something in it."""
    with log.open("wb") as out:
        process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=out, stderr=out)
    try:
        deadline = time.monotonic() + 60
        while not (found := ready(log.read_text())) and process.poll() is None:
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        assert found, log.read_text()
        yield found
    finally:
        process.terminate()
        process.wait(30)


def announced(text):
    return next((line.split()[-1] for line in text.splitlines() if line.startswith("Serving at ")), None)


@pytest.fixture(scope="module")
def make_server(database, database_uri, tmp_path_factory):
    """Run the service with some settings; gives its address."""

    def make(**settings):
        log = tmp_path_factory.mktemp("prefixed") / "log"
        fixed = {"MONGODB_URI": database_uri, "LEARNERPRISE_PORT": "0", "LEARNERPRISE_WORKERS": "1"}
        return running([sys.executable, "-m", "scripts.serve"], log, announced, **fixed, **settings)

    return make


@pytest.fixture(scope="module")
def trusting(make_server):
    with make_server(LEARNERPRISE_TRUSTED_PROXIES="1") as url:
        yield url


@contextmanager
def small_proxy(target, tmp_path):
    """A reverse proxy that serves the target below /lrs and cuts the prefix off."""

    class Forwarding(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {**self.headers, "X-Forwarded-Prefix": "/lrs", "X-Forwarded-Proto": "https"}
            path = self.path.removeprefix("/lrs")
            answer = requests.request(
                self.command, target + path, headers=headers, data=body, allow_redirects=False, timeout=30
            )
            self.send_response(answer.status_code)
            for name, value in answer.headers.items():
                if name.lower() not in HOP_BY_HOP | {"content-encoding", "content-length"}:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = do_PUT = do_DELETE = do_OPTIONS = forward

        def log_message(self, *_):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Forwarding)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def nginx(target, tmp_path):
    program = shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if not program:
        pytest.skip("nginx is not installed")
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as free:
        port = free.server_port
    configuration = tmp_path / "nginx.conf"
    configuration.write_text(NGINX.format(folder=tmp_path, port=port, url=target))
    url = f"http://127.0.0.1:{port}"

    def answers(_):
        try:
            return requests.get(f"{url}/lrs/health/alive", timeout=5).ok and url
        except requests.ConnectionError:
            return None

    command = [program, "-p", str(tmp_path), "-c", str(configuration)]
    with running(command, tmp_path / "nginx.log", answers) as found:
        yield found


@pytest.fixture(params=[small_proxy, nginx])
def proxied(request, trusting, tmp_path):
    with request.param(trusting, tmp_path) as url:
        yield url


@pytest.fixture
def ask(database, store):
    """Send requests with a credential of the store."""
    key = create_credential(database, store, "test", ("all",))
    version = {"X-Experience-API-Version": "1.0.3"}

    def send(method, url, **rest):
        headers = {**version, **rest.pop("headers", {})}
        return requests.request(
            method, url, auth=key, headers=headers, timeout=30, allow_redirects=False, **rest
        )

    return send


def walked(ask, origin, path):
    """Return the ids of all Statements, following `more` from page to page, and the links."""
    ids, links = [], []
    while path:
        page = ask("GET", origin + path).json()
        ids += [item["id"] for item in page["statements"]]
        path = page["more"]
        links.append(path)
    return ids, links


def test_forms_of_pages_are_taken_through_a_trusted_proxy_with_tls(trusting, server_url):
    forwarded = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
    headers = {"Host": "lrs.example.org", "Origin": "https://lrs.example.org", **forwarded}
    sent = {"key": "unknown", "secret": "wrong"}
    answers = [
        requests.post(f"{url}/sign-in/credential", data=sent, headers=headers, timeout=30).status_code
        for url in (trusting, server_url)
    ]
    assert answers == [401, 403]


def test_more_leads_on_through_a_proxy_that_serves_below_a_prefix(ask, proxied, statements):
    batch = statements(5)
    assert ask("POST", f"{proxied}/lrs/xapi/statements", json=batch).status_code == 200
    ids, links = walked(ask, proxied, "/lrs/xapi/statements?limit=2")
    assert sorted(ids) == sorted(item["id"] for item in batch)
    assert len(links) == 3
    assert all(more.startswith("/lrs/xapi/statements?more=") for more in links[:-1])


def test_the_description_names_the_prefix(ask, proxied, trusting):
    assert ask("GET", f"{proxied}/lrs/openapi.json").json()["servers"] == [{"url": "/lrs"}]
    assert "servers" not in ask("GET", f"{trusting}/openapi.json").json()


def test_nuggets_to_list_lead_on_below_the_prefix(ask, proxied):
    for number in range(3):
        query = {"activity": f"https://example.org/nuggets/{number}"}
        path = f"{proxied}/lrs/recommendations/catalogue/nuggets"
        assert ask("PUT", path, params=query, json={"title": {"en": f"Nugget {number}"}}).ok
    page = ask("GET", f"{path}?limit=2").json()
    assert page["more"].startswith("/lrs/recommendations/catalogue/nuggets?")
    assert len(ask("GET", proxied + page["more"]).json()["nuggets"]) == 1


@pytest.mark.parametrize("passed_on", ["/learn/lrs", ""])
def test_a_prefix_may_be_set_for_proxies_that_do_not_name_it(ask, make_server, statements, passed_on):
    with make_server(LEARNERPRISE_PREFIX="/learn/lrs") as url:
        assert ask("POST", f"{url}{passed_on}/xapi/statements", json=statements(3)).status_code == 200
        first = ask("GET", f"{url}{passed_on}/xapi/statements?limit=2").json()
        assert first["more"].startswith("/learn/lrs/xapi/statements?more=")
        assert len(ask("GET", url + first["more"]).json()["statements"]) == 1
        assert ask("GET", f"{url}/learn/lrs/xapi/about").headers["X-Experience-API-Version"] == "1.0.3"


def test_nobody_else_names_a_prefix(lrs, statements):
    lrs.store_batch(statements(2))
    sent = {"X-Forwarded-Prefix": "/elsewhere", "X-Forwarded-Host": "elsewhere.example"}
    answer = lrs.send("GET", params={"limit": 1}, headers=sent)
    assert answer.json()["more"].startswith("/xapi/statements?more=")


@pytest.mark.parametrize(
    ("proxies", "client", "root"),
    [(0, ("http", "localhost", None), "/"), (1, ("https", "learn.example.org", "10.0.0.2"), "/lrs/")],
)
def test_only_trusted_proxies_are_believed(proxies, client, root):
    app = Flask("asked")
    seen = SimpleNamespace()

    @app.get("/where")
    def where():
        seen.asked = (request.scheme, request.host, request.environ.get("REMOTE_ADDR") if proxies else None)
        return link("/")

    register_paths(app, "", proxies)
    headers = {
        "X-Forwarded-For": "10.0.0.1, 10.0.0.2",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "learn.example.org",
        "X-Forwarded-Prefix": "/lrs/",
    }
    assert app.test_client().get("/where", headers=headers).text == root
    assert seen.asked == client


@pytest.mark.parametrize(
    "path", ["/xapi//activities/state", "//xapi/activities/state", "/xapi///activities//state"]
)
def test_doubled_slashes_are_one(client, path):
    query = "&".join(f"{name}={requests.utils.quote(value, safe='')}" for name, value in STATE.items())
    asked = {"Origin": "https://content.example", "Access-Control-Request-Method": "PUT"}
    preflight = client.request("OPTIONS", f"{path}?{query}", headers=asked, allow_redirects=False)
    assert preflight.status_code == 200
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    put = client.put(f"{path}?{query}", data=b"kept", allow_redirects=False)
    assert put.status_code == 204, put.text
    assert client.get("/xapi/activities/state", params=STATE).content == b"kept"


def test_doubled_slashes_go_with_the_alternate_request_syntax(client):
    form = {**STATE, "X-Experience-API-Version": "1.0.3", "content": "kept"}
    answer = client.post("/xapi//activities/state?method=PUT", data=form, allow_redirects=False)
    assert answer.status_code == 204, answer.text
