"""Names of the gateway interface sent as request headers are not believed."""

import socket
from urllib.parse import urlsplit

import pytest
import requests

NAMES = [
    "SCRIPT_NAME", "Script-Name", "script_name", "PATH_INFO", "Path-Info", "PATH_TRANSLATED", "QUERY_STRING",
    "Query-String", "REQUEST_METHOD", "Request-Method", "REQUEST_URI", "RAW_URI", "REMOTE_ADDR", "Remote-Addr",
    "REMOTE_USER", "Remote-User", "SERVER_NAME", "SERVER_PROTOCOL", "WSGI.URL_SCHEME", "wsgi.url_scheme",
    "HTTP_AUTHORIZATION", "HTTP_X_EXPERIENCE_API_VERSION", "X_EXPERIENCE_API_VERSION", "CONTENT_LENGTH",
    "X-Original-URL", "X-Rewrite-URL", "X-HTTP-Method-Override", "X_Forwarded_Prefix", "X-Forwarded-Prefix",
    "X-Forwarded-Path", "learnerprise.refusal",
]  # fmt: skip
VALUES = [
    "/public",
    "/e",
    "/xapi",
    "//elsewhere.example",
    "",
    "DELETE",
    "https://elsewhere.example/",
    "%2f..",
]


@pytest.fixture
def ask(client):
    """Send a head byte by byte as it is given; return the status and the whole answer."""
    address = urlsplit(client.url)

    def send(line, *headers):
        head = "\r\n".join([f"{line} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""])
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(head.encode("latin-1"))
            answer = b"".join(iter(lambda: connection.recv(65536), b""))
        return int(answer.split(b" ", 2)[1]), answer.decode()

    return send


@pytest.mark.parametrize("name", NAMES)
def test_no_header_moves_a_request_to_another_path_or_method(ask, name):
    for value in VALUES:
        header = f"{name}: {value}"
        assert ask("GET /health/alive", header)[0] == 200, header
        assert ask("GET /xapi/about", header)[0] == 200, header
        assert ask("GET /public/xapi/about", header)[0] == 404, header
        assert ask("GET /e/xapi/about", header)[0] == 404, header
        status, answer = ask("GET /xapi/statements", header)
        assert (status, "unauthorized" in answer) == (401, True), header


def test_no_header_name_brings_a_credential_or_a_version(ask, client):
    encoded = requests.Request("GET", client.url, auth=client.auth).prepare().headers["Authorization"]
    for name in ("HTTP_AUTHORIZATION", "HTTP-AUTHORIZATION", "Authorization_", "_Authorization", "AUTH_TYPE"):
        status, _ = ask("GET /xapi/statements", f"{name}: {encoded}", "X-Experience-API-Version: 1.0.3")
        assert status == 401, name
    for name in ("X_Experience_API_Version", "HTTP_X_EXPERIENCE_API_VERSION", "x-experience_api-version"):
        status, _ = ask("GET /xapi/statements", f"Authorization: {encoded}", f"{name}: 1.0.3")
        assert status == 400, name
