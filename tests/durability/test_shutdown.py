"""SIGTERM in the middle of work: what is in flight is finished, what comes later is turned away."""

import base64
import json
import signal
import socket
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest


@pytest.fixture
def half_sent(headers, statement):
    """Send the head and the first half of a batch; return how to send the rest, and its ids."""
    opened = []

    def send(service, auth):
        batch = [statement() for _ in range(400)]
        body = json.dumps(batch).encode()
        token = base64.b64encode(":".join(auth).encode()).decode()
        connection = HTTPConnection(urlsplit(service.url).netloc, timeout=60)
        opened.append(connection)
        connection.request("GET", "/health/alive")
        connection.getresponse().read()
        connection.putrequest("POST", "/xapi/statements")
        known = {"Authorization": f"Basic {token}", "Content-Type": "application/json", **headers}
        for name, value in {**known, "Content-Length": str(len(body))}.items():
            connection.putheader(name, value)
        connection.endheaders(body[: len(body) // 2])
        return connection, body[len(body) // 2 :], {item["id"] for item in batch}

    yield send
    for connection in opened:
        connection.close()


def is_closed(service):
    address = urlsplit(service.url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) != 0


def test_requests_in_flight_are_finished_and_all_that_was_acknowledged_is_kept(
    make_service, load_on, until, half_sent, stored_ids, assert_nothing_lost
):
    service = make_service()
    auth = service.credential()
    with load_on(service, auth) as load:
        load.goes_on()
        slow = [half_sent(service, auth) for _ in range(3)]
        service.process.send_signal(signal.SIGTERM)
        until(lambda: is_closed(service), "the end of listening")
        for connection, rest, _ in slow:
            connection.send(rest)
        answers = [connection.getresponse() for connection, _, _ in slow]
        texts = [answer.read() for answer in answers]
        assert [answer.status for answer in answers] == [200] * 3, texts
        assert service.process.wait(60) == 0, service.log.read_text()
    again = make_service()
    assert_nothing_lost(load, again, auth)
    assert {name for _, _, ids in slow for name in ids} <= set(stored_ids(again.url, auth))
