"""Nothing of a body is read, decoded or parsed before the credential is known, whatever the route and the method."""

from itertools import islice, repeat

import pytest

SIZE = 104_857_600
BLOCK = b"%5B" * 21_845
OPEN = {"/xapi/about", "/health/alive", "/health/ready", "/openapi.json", "/static/x"}
OPEN |= {"/lti/jwks", "/lti/configuration"}
KINDS = ["plain", "chunked", "multipart", "form"]
CREDENTIALS = ["none", "wrong", "forbidden"]
GROWTH = 20 * 1024 * 1024


@pytest.fixture
def attack(attacked, credential, request_head, form):
    """Send the beginning of 100 MB, or all of it."""
    forbidden = {
        "read": credential("define"),
        "wrong": "Basic " + "bm86Ym9keQ==",
    }

    def send(method, path, kind, who, most=8):
        headers = {"Content-Length": str(SIZE), "Content-Type": "application/json"}
        authorization = {"none": None, "wrong": forbidden["wrong"], "forbidden": forbidden["read"]}[who]
        first = b""
        if kind == "form":
            fields = {"X-Experience-API-Version": "1.0.3"} | (
                {"Authorization": authorization} if authorization else {}
            )
            first, path, method = form(fields, b"%5B"), f"{path}?method={method}", "POST"
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif authorization:
            headers["Authorization"] = authorization
        if kind == "multipart":
            headers["Content-Type"] = "multipart/mixed; boundary=b"
        block = BLOCK
        if kind == "chunked":
            del headers["Content-Length"]
            headers["Transfer-Encoding"] = "chunked"
            block = b"%x\r\n%b\r\n" % (len(BLOCK), BLOCK)
        return attacked.send(request_head(method, path, headers) + first, islice(repeat(block), most))

    return send


@pytest.mark.parametrize("who", CREDENTIALS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_route_and_method_answers_before_the_body_has_come(attacked, attack, small_seconds, kind, who):
    before = attacked.memory()
    for path, methods in attacked.routes:
        for method in methods:
            if kind == "form" and not path.startswith("/xapi/"):
                continue
            answer = attack(method, path, kind, who)
            if answer.seconds >= small_seconds + 1:  # a busy machine; who waits for the body always does
                answer = attack(method, path, kind, who)
            wanted = {200, 404, 413} if path in OPEN else {403} if who == "forbidden" else {401, 429}
            if path == "/oauth2/token" and kind != "form":
                wanted = {400}  # whose parameters, the key among them, are those of a form
            assert answer.status in wanted, (method, path, answer.body)
            assert answer.closed, (method, path)
            assert answer.seconds < small_seconds + 1, (method, path)
    grown = {pid: size - before[pid] for pid, size in attacked.memory().items()}
    assert max(grown.values()) < GROWTH
    assert attacked.bytes_on_disk() == 0


@pytest.mark.parametrize("who", CREDENTIALS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_hundred_megabytes_sent_to_the_end_leave_nothing_behind(attacked, attack, kind, who):
    before = attacked.memory()
    attacked.forget_peaks()
    answer = attack("PUT", "/xapi/statements", kind, who, SIZE // len(BLOCK))
    assert answer.status in ({403} if who == "forbidden" else {401, 429})
    assert answer.closed
    assert max(size - before[pid] for pid, size in attacked.peaks().items()) < GROWTH
    assert attacked.bytes_on_disk() == 0


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", "/xapi/nothing", {}, 404),
        ("PATCH", "/xapi/statements", {}, 405),
        ("POST", "/xapi/statements", {"Content-Type": "text/plain"}, 400),
        ("POST", "/xapi/statements", {"Content-Encoding": "br"}, 415),
        ("PUT", "/recommendations/consents", {}, 413),
        ("PUT", "/recommendations/catalogue/nuggets", {}, 413),
        ("PUT", "/xapi/activities/state", {}, 413),
        ("POST", "/xapi/statements?method=PUT", {"Content-Type": "application/x-www-form-urlencoded"}, 413),
        ("POST", "/xapi/statements", {"X-Experience-API-Version": "3.0"}, 400),
    ],
)
def test_other_refusals_do_not_wait_for_the_body_either(
    attacked, credential, request_head, method, path, headers, status
):
    agent = "agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D"
    query = {
        "/recommendations/consents": f"?{agent}",
        "/recommendations/catalogue/nuggets": "?activity=https%3A%2F%2Fa.example%2F1",
        "/xapi/activities/state": f"?activityId=a%3Ab&stateId=s&{agent}",
    }.get(path, "")
    named = {
        "Authorization": credential(),
        "Content-Length": str(SIZE),
        "Content-Type": "application/json",
        **headers,
    }
    answer = attacked.send(request_head(method, path + query, named), iter([b" ", b"a=" + BLOCK]))
    assert (answer.status, answer.closed) == (status, True), answer.body
