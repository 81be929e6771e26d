"""The worst body that a route reads costs at most ten times the time and the memory of plain text of its size."""

import json
import time
import uuid
from dataclasses import dataclass
from statistics import median
from urllib.parse import quote

import hypothesis.strategies as st
import pytest
import requests
from hypothesis import HealthCheck, given, settings

MEBIBYTE = 1024 * 1024
MOST_TIMES = 10
LITTLE_BYTES = 10 * MEBIBYTE
"""What the allocator of a process may keep whatever is sent."""
LITTLE_S = 0.05
STATE = (
    "/xapi/activities/state?activityId=a%3Ab&agent=%7B%22mbox%22%3A%22mailto%3Aa%40b.example%22%7D&stateId="
)
NUGGETS = "/recommendations/catalogue/nuggets"
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


@dataclass
class Cost:
    status: int
    seconds: float
    grown: int


def statement(extension):
    """Return the text of a Statement with the text of a value in an extension."""
    return (
        b'{"id":"%b","actor":{"mbox":"mailto:a@b.example"},"verb":{"id":"http://a.example/v"},"object":'
        b'{"id":"http://a.example/o"},"result":{"extensions":{"http://a.example/e":%b}}}'
    ) % (str(uuid.uuid4()).encode(), extension)


def filled(unit, size):
    """Return so many bytes of a unit again and again."""
    return (unit * (size // len(unit) + 1))[:size] if len(unit) == 1 else unit * max(1, size // len(unit))


@pytest.fixture
def costs(attacked, credential):
    """Send a request to the service; return what it cost."""
    session = requests.Session()
    headers = {"X-Experience-API-Version": "1.0.3", "Authorization": credential()}

    def send(method, path, body, kind):
        attacked.forget_peaks()
        before = attacked.memory()
        began = time.monotonic()
        answer = session.request(
            method, attacked.url + path, data=body, headers={**headers, "Content-Type": kind}, timeout=60
        )
        seconds = time.monotonic() - began
        grown = max(size - before[pid] for pid, size in attacked.peaks().items())
        return Cost(answer.status_code, seconds, grown)

    yield send
    session.close()


@pytest.fixture(scope="session")
def costs_of_text():
    """What plain text cost, by the route and its size."""
    return {}


@pytest.fixture
def assert_bounded(costs, costs_of_text):
    """Hold the cost of a body against that of plain text of its size, each twice."""

    def check(method, path, kind, plain, bomb):
        name = (method, path()[:30], kind, len(plain()) // 1000)
        if name not in costs_of_text:
            costs_of_text[name] = [costs(method, path(), plain(), kind) for _ in range(3)]
        text = costs_of_text[name]
        worst = [costs(method, path(), bomb(), kind) for _ in range(2)]
        assert {one.status for one in text} <= {200, 204}, text
        assert {one.status for one in worst} <= {200, 204, 400, 413}, worst
        seconds = max(median(one.seconds for one in text), LITTLE_S / MOST_TIMES)
        assert min(one.seconds for one in worst) < MOST_TIMES * seconds, (text, worst)
        grown = max(
            len(plain()), *(one.grown for one in text)
        )  # what is free already does not show as growth
        assert min(one.grown for one in worst) < MOST_TIMES * grown + LITTLE_BYTES, (text, worst)

    return check


def array(unit):
    return lambda size: b"[" + b",".join([unit] * (size // (len(unit) + 1))) + b"]"


def string(unit):
    return lambda size: b'"' + filled(unit, size) + b'"'


VALUES = {
    "empty arrays": array(b"[]"),
    "empty objects": array(b"{}"),
    "objects": array(b'{"a":1}'),
    "empty strings": array(b'""'),
    "numbers": array(b"1"),
    "fractions": array(b"1e10"),
    "exponents in a string": string(b"e111"),
    "numbers in a string": string(b",1e400"),
    "escapes": string(rb"\u0041"),
    "surrogates": string(rb"\ud83d\ude00"),
    "quotes": string(rb"\""),
    "signs in a string": string(b",:[{"),
    "blanks": lambda size: b"[" + b" " * size + b"1]",
    "zeros": lambda size: b"1." + b"0" * size,
    "digits": lambda size: b"1" * size,
    "depth": lambda size: b"[" * (size // 2) + b"]" * (size // 2),
    "little depth": array(b"[" * 50 + b"]" * 50),
    "keys": lambda size: b"{" + b",".join(b'"k%07d":1' % number for number in range(size // 13)) + b"}",
    "one key twice": lambda size: b"{" + b",".join([b'"k":1'] * (size // 6)) + b"}",
    "no JSON": lambda size: array(b"[]")(size) + b"x",
}


@pytest.mark.parametrize("size", [140_000, 3_900_000])
@pytest.mark.parametrize("value", VALUES)
def test_a_statement(assert_bounded, value, size):
    def plain():
        return statement(b'"' + b"x" * size + b'"')

    assert_bounded(
        "POST", lambda: "/xapi/statements", JSON, plain, lambda: statement(VALUES[value](size - 10))
    )


@pytest.mark.parametrize("value", ["empty arrays", "keys", "no JSON", "exponents in a string"])
def test_a_document(assert_bounded, value):
    size = 7_900_000
    assert_bounded(
        "PUT",
        lambda: STATE + uuid.uuid4().hex,
        JSON,
        lambda: b'"' + b"x" * size + b'"',
        lambda: VALUES[value](size),
    )


@pytest.mark.parametrize("value", ["empty arrays", "no JSON", "depth", "keys"])
def test_a_batch(assert_bounded, value):
    size = 8_000_000
    part = size // 4

    def plain():
        return b"[" + b",".join(statement(b'"' + b"x" * (part - 1000) + b'"') for _ in range(4)) + b"]"

    assert_bounded("POST", lambda: "/xapi/statements", JSON, plain, lambda: VALUES[value](size))


@pytest.mark.parametrize("unit", [b"%5B", b"%20", b"+", b"[],"])
def test_a_form(assert_bounded, unit):
    def plain():
        return b"content=" + quote(statement(b'"' + b"x" * 3_900_000 + b'"')).encode()

    assert_bounded(
        "POST",
        lambda: "/xapi/statements?method=POST",
        FORM,
        plain,
        lambda: b"content=" + filled(unit, 3_900_000),
    )


CSV = {
    "commas": lambda size: b"activity,title_en\nhttps://a.example/1," + b"," * size,
    "columns": lambda size: (
        b"activity," + b",".join(b"title_x-%06d" % number for number in range(size // 15)) + b"\n"
    ),
    "quotes": lambda size: b'activity,title_en\nhttps://a.example/1,"' + b'""' * (size // 2),
    "lines": lambda size: b"activity,title_en\n" + b"\n" * size,
    "wrong lines": lambda size: b"activity,title_en\n" + b"x,y\n" * (size // 4),
}


@pytest.mark.parametrize("table", CSV)
def test_a_table(assert_bounded, table):
    size = 1_000_000

    def plain():
        return b"activity,title_en\n" + b"".join(
            b"https://a.example/%d,%b\n" % (number, b"x" * 400) for number in range(size // 430)
        )

    assert_bounded("POST", lambda: NUGGETS, "text/csv", plain, lambda: CSV[table](size))


PARTS = {
    "dashes": lambda size: b"-" * size,
    "line ends": lambda size: b"\r\n" * (size // 2),
    "beginnings": lambda size: b"\r\n----" * (size // 6),
    "parts": lambda size: b"\r\n--" + b"-" * 60 + b"\r\n\r\n" * (size // 70),
    "headers": lambda size: b"\r\n--" + b"-" * 60 + b"\r\n" + b"a:\r\n" * (size // 4),
}


@pytest.mark.parametrize("part", PARTS)
def test_parts(assert_bounded, part):
    size, boundary = 4_000_000, b"-" * 60
    kind = f"multipart/mixed; boundary={boundary.decode()}"

    def body(rest):
        first = b"--%b\r\nContent-Type: application/json\r\n\r\n%b\r\n" % (boundary, statement(b"1"))
        return first + b"--%b\r\nX-Experience-API-Hash: x\r\n\r\n%b\r\n--%b--\r\n" % (
            boundary,
            rest,
            boundary,
        )

    def plain():
        text = statement(b'"' + b"x" * 3_900_000 + b'"')
        return b"--%b\r\nContent-Type: application/json\r\n\r\n%b\r\n--%b--\r\n" % (boundary, text, boundary)

    assert_bounded("POST", lambda: "/xapi/statements", kind, plain, lambda: body(PARTS[part](size)))


UNITS = st.lists(
    st.sampled_from(
        [
            *(b"[]", b"{}", b'""', b'{"a":', b"}", b"[", b"]", b",", b":", b"1", b"1e11", b"-0.0", b"null"),
            *(b'"a"', rb'"\u0000"', b" ", b"\n", b"e111", b"0" * 30, "😀".encode(), rb"\\", b"/*", b"\xff"),
        ]
    ),
    min_size=1,
    max_size=4,
).map(b"".join)


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(unit=UNITS, inside=st.booleans(), size=st.sampled_from([60_000, 300_000]))
def test_whatever_is_repeated(assert_bounded, unit, inside, size):
    value = array(unit)(size)
    if inside:
        value = json.dumps(filled(unit, size).decode(errors="replace")).encode()

    def plain():
        return statement(b'"' + b"x" * size + b'"')

    assert_bounded("POST", lambda: "/xapi/statements", JSON, plain, lambda: statement(value))
