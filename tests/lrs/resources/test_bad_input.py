"""What cannot be right is a clear 4xx in one shape, and nothing of it is stored; never a 500."""

import base64
import http.client
import json
import re
import socket
import time
import uuid
from urllib.parse import urlsplit

import pytest

from lrs.auth.credentials import create_credential, revoke_credential

STATEMENTS = "/xapi/statements"
SOME_ID = "b6a7e1de-4c1f-4a0f-8d7e-2c2a3c1c7d11"
GOOD = (
    '{"actor":{"mbox":"mailto:a@example.org"},"verb":{"id":"https://example.org/v"},'
    '"object":{"id":"https://example.org/o"}}'
)


def good_with(text):
    return GOOD[:-1] + "," + text + "}"


def extension(text):
    return good_with(f'"result":{{"extensions":{{"https://example.org/x":{text}}}}}')


MALFORMED = {
    "nothing": "",
    "space": " \n",
    "half an object": GOOD[:-1],
    "half a batch": f"[{GOOD}",
    "two values": GOOD + GOOD,
    "a trailing comma": f"[{GOOD},]",
    "single quotes": GOOD.replace('"', "'"),
    "no JSON": "actor=ada",
    "NaN": extension("NaN"),
    "Infinity": extension("-Infinity"),
    "beyond a double": extension("1e400"),
    "a leading zero": extension("01"),
    "a plus": extension("+1"),
    "a bare surrogate": extension('"\\ud800"'),
    "a control character": extension('"a\nb"'),
    "a byte order mark": "\ufeff" + GOOD,
    "a comment": "/* hello */" + GOOD,
    "a property twice": good_with(f'"id":"{SOME_ID}","id":"{SOME_ID}"'),
    "a property twice inside": extension('{"a":1,"a":1}'),
    "a property twice by escape": extension('{"a":1,"\\u0061":2}'),
    "10,000 levels of lists": extension("[" * 10_000 + "]" * 10_000),
    "10,000 levels of objects": extension('{"a":' * 10_000 + "1" + "}" * 10_000),
    "10,000 levels, not closed": "[" * 10_000,
}
WRONG = {
    "a number": ("7", ""),
    "a string": ('"statement"', ""),
    "null": ("null", ""),
    "a list of numbers": ("[1]", "[0]"),
    "a list in a list": (f"[[{GOOD}]]", "[0]"),
    "an empty object": ("{}", "actor"),
    "null for a property": (good_with('"context":null'), "context"),
    "null in a list": (f"[{GOOD},null]", "[1]"),
    "an unknown property": (good_with('"mood":"fine"'), "mood"),
    "a property in the wrong case": (GOOD.replace('"actor"', '"Actor"'), "Actor"),
    "a key with a dot": (good_with('"a.b":1'), '["a.b"]'),
    "a key with a dollar": (good_with('"$set":{}'), '["$set"]'),
    "an empty key": (good_with('"":1'), '[""]'),
    "an operator for a value": (GOOD.replace('"mailto:a@example.org"', '{"$ne":""}'), "actor.mbox"),
    "a number for a string": (GOOD.replace('"mailto:a@example.org"', "1"), "actor.mbox"),
    "a string for a boolean": (good_with('"result":{"success":"true"}'), "result.success"),
    "a string for a number": (good_with('"result":{"score":{"raw":"1"}}'), "result.score.raw"),
    "a string for an object": (good_with('"context":"here"'), "context"),
    "an object for a list": (good_with('"attachments":{}'), "attachments"),
    "no mailto": (GOOD.replace("mailto:", ""), "actor.mbox"),
    "an IRI without scheme": (GOOD.replace('"https://example.org/v"', '"example.org/v"'), "verb.id"),
    "an id that is no UUID": (good_with('"id":"1"'), "id"),
    "a bad timestamp": (good_with('"timestamp":"yesterday"'), "timestamp"),
    "a timestamp with -00:00": (good_with('"timestamp":"2024-01-01T00:00:00-00:00"'), "timestamp"),
    "a day that is not": (good_with('"timestamp":"2023-02-29T00:00:00Z"'), "timestamp"),
    "a bad version": (good_with('"version":"1.1.0"'), "version"),
    "context agents in 1.0.3": (good_with('"context":{"contextAgents":[]}'), "context.contextAgents"),
    "an extension key that is no IRI": (
        good_with('"result":{"extensions":{"a.b$c":1}}'),
        'result.extensions["a.b$c"]',
    ),
    "a bad language": (GOOD.replace('/v"}', '/v","display":{"not_a_tag":"x"}}'), "verb.display.not_a_tag"),
    "a huge id": (good_with(f'"id":"{"f" * 100_000}"'), "id"),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_malformed_json_is_refused_with_the_reason(lrs, assert_refused, text):
    for refused in (lrs.send_text(text.encode()), lrs.put_text(text.encode())):
        assert assert_refused(refused, 400)["code"] == "malformed_json"
    assert lrs.ids() == []


@pytest.mark.parametrize(
    "raw", [b"\xff", b"\xc3\x28", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\x80"], ids=repr
)
@pytest.mark.parametrize("place", ["value", "key", "extension"])
def test_bad_utf_8_is_refused(lrs, assert_refused, raw, place):
    text = {
        "value": GOOD.replace("/o", "/@@"),
        "key": good_with('"@@":1'),
        "extension": extension('"@@"'),
    }[place]
    refused = lrs.send_text(text.encode().replace(b"@@", raw))
    assert "UTF-8" in assert_refused(refused, 400)["message"]
    assert lrs.ids() == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_json_in_another_encoding_is_refused(lrs, assert_refused, encoding):
    assert_refused(lrs.send_text(GOOD.encode(encoding)), 400)
    assert_refused(lrs.send_text(GOOD.encode(encoding), f"application/json; charset={encoding}"), 400)


@pytest.mark.parametrize(("text", "path"), WRONG.values(), ids=WRONG.keys())
def test_a_wrong_statement_is_refused_with_path_and_rule(lrs, assert_refused, text, path):
    body = assert_refused(lrs.send_text(text), 400)
    assert body["path"] == path
    assert body["rule"].startswith("xAPI")
    batch = assert_refused(lrs.send_text(f"[{GOOD},{text}]"), 400)
    assert batch["path"].startswith("[1]")
    assert lrs.ids() == []


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "application/jsonx", "nonsense", "", ";"]
)
def test_another_content_type_is_refused(lrs, assert_refused, kind):
    assert "application/json" in assert_refused(lrs.send_text(GOOD, kind), 400)["message"]
    assert lrs.ids() == []


def test_no_content_type_is_refused(lrs, assert_refused):
    assert_refused(lrs.send("POST", data=GOOD.encode()), 400)


@pytest.mark.parametrize("method", ["send_text", "put_text"])
def test_a_body_too_large_is_refused(lrs, make_lrs, assert_refused, method):
    body = extension('"' + "x" * 3_000_000 + '"').encode()
    assert_refused(getattr(make_lrs(), method)(body), 413)
    assert lrs.ids() == []


def test_a_chunked_body_too_large_is_refused(lrs, make_lrs, assert_refused):
    def endless():
        yield GOOD.encode()
        for _ in range(40):
            yield b" " * 65_536

    assert_refused(make_lrs().send_text(endless()), 413)
    assert lrs.ids() == []


def test_a_chunked_body_is_read(lrs):
    assert lrs.send_text(iter([GOOD[:10].encode(), GOOD[10:].encode()])).status_code == 200


def test_a_statement_too_large_is_refused_with_its_place(lrs, assert_refused):
    large = extension('"' + "x" * 600_000 + '"')
    assert assert_refused(lrs.send_text(f"[{GOOD},{large}]"), 413)["path"] == "[1]"
    assert lrs.ids() == []


BAD_PARAMETERS = [
    ("mood", "fine"),
    ("Agent", "{}"),
    ("statementid", SOME_ID),
    ("", ""),
    ("limit", "-1"),
    ("limit", "1.0"),
    ("limit", "ten"),
    ("limit", ""),
    ("limit", "9" * 50),
    ("limit", "\u0661"),
    ("statementId", "1"),
    ("statementId", ""),
    ("voidedStatementId", "{}"),
    ("registration", "x"),
    ("verb", "read"),
    ("verb", ""),
    ("activity", "//example.org/x"),
    ("since", "yesterday"),
    ("since", "2024-01-01T00:00:00 01:00"),
    ("until", "2024-13-01T00:00:00Z"),
    ("ascending", "T"),
    ("ascending", "1"),
    ("related_agents", "yes"),
    ("related_activities", ""),
    ("attachments", "on"),
    ("format", "EXACT"),
    ("format", "full"),
    ("agent", ""),
    ("agent", "ada"),
    ("agent", "[]"),
    ("agent", "null"),
    ("agent", "{}"),
    ("agent", '{"mbox":"ada@example.org"}'),
    ("agent", '{"mbox":"mailto:a@b.org","openid":"https://a.org/"}'),
    ("agent", '{"mbox":"mailto:a@b.org","mbox":"mailto:a@b.org"}'),
    ("agent", '{"name":"Ada"}'),
    ("agent", '{"mbox":{"$gt":""}}'),
    ("agent", '{"objectType":"Group","member":[{"mbox":"mailto:a@b.org"}]}'),
    ("agent", '{"objectType":"Activity","id":"https://a.org/"}'),
    ("agent", '{"account":{"homePage":"https://a.org"}}'),
    ("agent", '{"mbox":"mailto:a@b.org","name":"\\ud800"}'),
    ("agent", "[" * 1200),
]


@pytest.mark.parametrize(("name", "value"), BAD_PARAMETERS)
def test_a_bad_parameter_is_refused_and_named(lrs, assert_refused, name, value):
    body = assert_refused(lrs.get(**{name: value}), 400)
    assert body["path"].startswith(name)
    assert body["rule"]


@pytest.mark.parametrize("first", ["statementId", "voidedStatementId"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("agent", '{"mbox":"mailto:a@b.org"}'),
        ("verb", "https://example.org/v"),
        ("activity", "https://example.org/a"),
        ("registration", SOME_ID),
        ("related_activities", "true"),
        ("related_agents", "false"),
        ("since", "2024-01-01T00:00:00Z"),
        ("until", "2024-01-01T00:00:00Z"),
        ("limit", "1"),
        ("ascending", "true"),
        ("more", "x"),
    ],
)
def test_an_id_goes_with_no_filter(lrs, assert_refused, first, name, value):
    assert_refused(lrs.get(**{first: str(uuid.uuid4()), name: value}), 400)


def test_both_ids_are_refused(lrs, assert_refused):
    assert_refused(lrs.get(statementId=str(uuid.uuid4()), voidedStatementId=str(uuid.uuid4())), 400)


def test_a_parameter_given_twice_is_refused(lrs, assert_refused):
    body = assert_refused(lrs.send("GET", params=[("limit", "1"), ("limit", "2")]), 400)
    assert (body["path"], body["code"]) == ("limit", "repeated_parameter")


@pytest.mark.parametrize(
    "query", ["agent=%", "agent=%zz", "agent=%ff", "limit=%00", "%ff=1", "statementId=%C3%28"]
)
def test_invalid_percent_encoding_is_refused(lrs, assert_refused, query):
    assert_refused(lrs.client.get(f"{STATEMENTS}?{query}"), 400)


def basic(text):
    return "Basic " + base64.b64encode(text).decode()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YQ",
        basic(b"\xff\xfe:\xff"),
        basic(b"no colon"),
        basic(b":"),
        basic(b"key\0:secret\0"),
        basic(b'{"$ne":""}:x'),
        basic(b"a" * 3000 + b":b"),
        "Digest username=x",
        "Negotiate",
        "\xe9\xe9",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_without_a_good_credential_nothing_is_done(
    lrs, client, make_statement, assert_refused, header, method
):
    statement = make_statement()
    answer = client.request(
        method,
        STATEMENTS,
        auth=None,
        headers={"Authorization": header},
        json=statement,
        params={"statementId": statement["id"]},
    )
    assert assert_refused(answer, 401)["code"] == "unauthorized"
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert lrs.ids() == []


def test_a_wrong_secret_and_an_unknown_key_are_answered_alike(client, assert_refused):
    key, secret = client.auth
    wrong = assert_refused(client.get(STATEMENTS, auth=(key, secret[:-1])), 401)
    unknown = assert_refused(client.get(STATEMENTS, auth=(key[::-1], secret)), 401)
    assert wrong == unknown


def test_a_revoked_credential_is_refused_at_once_by_every_process(database, client, store, assert_refused):
    pair = create_credential(database, store, "short-lived")
    assert {client.get(STATEMENTS, auth=pair).status_code for _ in range(8)} == {200}
    revoke_credential(database, pair[0])
    for _ in range(8):
        assert_refused(client.get(STATEMENTS, auth=pair), 401)


@pytest.mark.parametrize(
    ("scopes", "method", "status"),
    [
        (["statements/read"], "POST", 403),
        (["statements/read/mine"], "PUT", 403),
        (["statements/write"], "GET", 403),
        (["statements/write"], "HEAD", 403),
        (["define"], "GET", 403),
        (["recommendations/read"], "POST", 403),
        (["statements/read"], "GET", 200),
        (["statements/read/mine"], "GET", 200),
        (["statements/write"], "POST", 200),
    ],
)
def test_a_scope_opens_what_it_names_and_no_more(make_lrs, lrs, make_statement, scopes, method, status):
    body = {"json": make_statement()} if method in ("POST", "PUT") else {}
    assert make_lrs(*scopes).send(method, **body).status_code == status
    assert len(lrs.ids()) == int((method, status) == ("POST", 200))


ODD_VALUES = [
    "1.0",
    "1",
    "-0.0",
    "1E5",
    "0.1000000000000000055511151231257827",
    "1.7976931348623157e308",
    "9223372036854775807",
    "9223372036854775808",
    "18446744073709551616",
    "-99999999999999999999999999999999999999999999",
    "9007199254740993",
    "[]",
    "{}",
    "null",
    "false",
    '""',
    '"\\u0000"',
    '"a\\u0000b\\u001f"',
    '"\\ud83d\\ude00"',
    '"\U0001f600"',
    '"\\/\\u0041"',
    '{"a.b": {"$set": 1}, "$where": "x", "": 0, ".": [], "\\u0000": 1}',
    '{"__proto__": 1, "_id": 2, "store": 3}',
    '{"b": 1, "a": 2 ,  "c":[1 ,2.50]}',
    "[" * 150 + "]" * 150,
    '"' + "x" * 400_000 + '"',
]


@pytest.mark.parametrize("text", ODD_VALUES, ids=lambda text: text[:40])
def test_an_odd_value_is_given_back_to_the_byte(lrs, text):
    answer = lrs.send_text(extension(text).encode())
    assert answer.status_code == 200, answer.text[:300]
    kept = lrs.get(statementId=answer.json()[0])
    assert extension(text)[1:-1].encode() in kept.content
    assert extension(text)[1:-1].encode() in lrs.get().content


@pytest.mark.parametrize("text", ODD_VALUES, ids=lambda text: text[:40])
def test_an_odd_value_is_no_trouble_for_the_other_formats(lrs, text):
    [name] = lrs.send_text(extension(text).encode()).json()
    for shape in ("ids", "canonical"):
        assert lrs.one(name, format=shape)["result"]["extensions"] == {
            "https://example.org/x": json.loads(text)
        }


@pytest.mark.parametrize(
    "name", ["a\0b", "$where", "a.b", "", " ", "é" * 40_000, "|9|", "\U0001f600"], ids=len
)
def test_odd_account_names_are_stored_and_found(lrs, make_statement, name):
    agent = {"account": {"homePage": "https://example.org/", "name": name}}
    [stored] = lrs.store(make_statement(actor={"name": name, **agent}))
    assert lrs.one(stored)["actor"]["account"] == agent["account"]
    assert lrs.find(limit=1)[0]["actor"]["account"] == agent["account"]


@pytest.mark.parametrize("name", ["a\0b", "$where", "a.b", " ", "|9|", "\U0001f600"])
def test_odd_account_names_are_found_by_them(lrs, make_statement, name):
    agent = {"account": {"homePage": "https://example.org/", "name": name}}
    [stored] = lrs.store(make_statement(actor=agent))
    assert lrs.ids(agent=json.dumps(agent)) == [stored]


def test_a_group_of_thousands_is_stored_and_found_by_the_last(lrs, make_statement, make_group):
    actor = make_group(2_400)
    [stored] = lrs.store(make_statement(actor=actor))
    assert lrs.ids(agent=json.dumps(actor["member"][-1])) == [stored]


def test_a_reference_to_a_group_of_thousands_is_found_by_the_last_of_both(
    lrs, make_statement, make_group, refer
):
    actor, commenting = make_group(2_400), make_group(1_300, "commenting")
    [target] = lrs.store(make_statement(actor=actor))
    [pointer] = lrs.store(make_statement(actor=commenting, object=refer(target)))
    assert lrs.ids(agent=json.dumps(actor["member"][-1])) == [pointer, target]
    assert lrs.ids(agent=json.dumps(commenting["member"][-1])) == [pointer]


def test_a_group_of_thousands_that_is_pointed_at_already_is_stored_and_found(
    lrs, make_statement, make_group, refer
):
    target = make_statement(actor=make_group(2_400))
    target["result"] = {"response": "x" * 70_000}
    pointer = lrs.store(make_statement(object=refer(target["id"])))
    before = time.monotonic()
    lrs.store(target)
    assert time.monotonic() - before < 15
    assert lrs.ids(agent=json.dumps(target["actor"]["member"][-1])) == [target["id"], *pointer]


def test_a_group_as_large_as_can_be_is_inherited_from(lrs, make_statement, make_group, refer):
    actor = make_group(2_498)
    [target] = lrs.store(make_statement(actor=actor))
    [pointer] = lrs.store(make_statement(object=refer(target)))
    assert lrs.ids(agent=json.dumps(actor["member"][-1])) == [pointer, target]
    assert lrs.post(make_statement(actor=make_group(2_499))).status_code == 413


@pytest.mark.parametrize("place", ["actor", "object", "team"])
def test_a_group_of_too_many_is_refused_wherever_it_is(lrs, make_statement, make_group, place):
    named = {
        "actor": {"actor": make_group(2_600)},
        "object": {"object": make_group(2_600)},
        "team": {"context": {"team": make_group(2_600), "instructor": make_group(2_600, "instructing")}},
    }[place]
    statement = make_statement(**named)
    answer = lrs.post(statement)
    assert answer.status_code == 413
    assert re.search(r"by 520[456] values, the limit is 5000", answer.json()["message"])
    assert "fewer members" in answer.json()["message"]
    assert lrs.put(statement, statement["id"]).status_code == 413
    assert lrs.post([make_statement(), statement]).json()["path"] == "[1]"
    assert lrs.ids() == []


def test_too_many_context_activities_are_refused(lrs, make_statement):
    others = [{"id": f"https://example.org/{number}"} for number in range(5_000)]
    assert lrs.post(make_statement(context={"contextActivities": {"other": others}})).status_code == 413
    assert lrs.ids() == []


def test_a_batch_beyond_the_budget_of_transactions_is_stored_whole_or_not(lrs, make_statement, make_group):
    batch = [make_statement(actor=make_group(200, f"group{number}-")) for number in range(20)]
    batch[0]["object"] = {"id": "https://example.org/first"}
    clashing = [*batch, make_statement(id=batch[0]["id"])]
    assert lrs.post(clashing).status_code == 400
    assert lrs.ids() == []
    assert lrs.store_batch(batch) == [item["id"] for item in batch]
    assert lrs.ids()[::-1] == [item["id"] for item in batch]
    assert lrs.ids(agent=json.dumps(batch[-1]["actor"]["member"][-1])) == [batch[-1]["id"]]
    changed = [{**item, "verb": {"id": "https://example.org/other"}} for item in batch]
    assert lrs.post([*batch[:-1], changed[-1]]).status_code == 409
    assert lrs.store_batch(batch) == [item["id"] for item in batch]
    assert len(lrs.ids()) == 20


def test_a_batch_that_no_transaction_can_hold_is_refused_whole(lrs, make_statement, make_group):
    batch = [make_statement(actor=make_group(200, f"group{number}-")) for number in range(60)]
    answer = lrs.post(batch)
    assert answer.status_code == 413
    assert "import" in answer.json()["message"]
    assert lrs.ids() == []


LONG = "x" * 300


@pytest.mark.parametrize("tail", ["", "a", "\u00e9", "\U0001f600"], ids=["plain", "longer", "é", "emoji"])
def test_what_is_long_is_found_by_all_of_it(lrs, make_statement, tail):
    name = LONG + tail
    agent = {"account": {"homePage": "https://example.org/", "name": name}}
    activity, verb = f"https://example.org/{name}", f"https://example.org/verbs/{name}"
    named = {"actor": agent, "object": {"id": activity}, "verb": {"id": verb}}
    [stored] = lrs.store(make_statement(**named))
    lrs.store(make_statement())
    other = {"account": {"homePage": "https://example.org/", "name": name + "b"}}
    assert lrs.ids(agent=json.dumps(agent), related_agents="true") == [stored]
    assert lrs.ids(activity=activity, verb=verb) == [stored]
    assert lrs.ids(activity=activity, related_activities="true", agent=json.dumps(agent)) == [stored]
    assert lrs.ids(agent=json.dumps(other)) == lrs.ids(activity=f"{activity}b") == []


@pytest.mark.parametrize(
    "bad", [rb'"\ud83d"', rb'"\ude00,"', b'"\xed\xa0\xbd"', b'{"a":1,"a":2}', b"1e999", b"nul"]
)
def test_the_statement_of_a_batch_that_cannot_be_read_is_named(lrs, make_statement, assert_refused, bad):
    text = json.dumps([make_statement(), make_statement(result={"extensions": {"a:b": "BAD"}})])
    refusal = assert_refused(lrs.send_text(text.encode().replace(b'"BAD"', bad)), 400)
    assert (refusal["path"], refusal["code"]) == ("[1]", "malformed_json")
    assert lrs.ids() == []


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ('agent={"mbox":"mailto:ada+test@example.org"}', "agent"),
        ('agent={"account":{"homePage":"https://example.org/a+b","name":"ada"}}', "agent"),
        ("activity=https://example.org/a+b", "activity"),
        ("verb=https://example.org/a+b", "verb"),
        ("since=2026-01-02T03:04:05+01:00", "since"),
    ],
)
def test_a_plus_that_is_not_encoded_gets_a_hint(client, assert_refused, query, path):
    refusal = assert_refused(client.get(f"/xapi/statements?{query}"), 400)
    assert refusal["path"].startswith(path)
    assert "in a URL write + as %2B" in refusal["message"]


def test_where_no_plus_can_be_meant_there_is_no_hint(client, assert_refused):
    refusal = assert_refused(client.get('/xapi/statements?agent={"name": "Ada L", "mbox": "ada"}'), 400)
    assert "%2B" not in refusal["message"]


def test_a_score_without_a_range_is_refused_with_the_remedy(lrs, make_statement, assert_refused):
    """As Open edX sends for what is not graded; both specifications say `less than max`."""
    statement = make_statement(result={"score": {"min": 0, "max": 0, "raw": 0}})
    refusal = assert_refused(lrs.post([make_statement(), statement]), 400)
    assert refusal["path"].startswith("[1].result.score")
    assert "leave both out where there is no range" in refusal["message"]
    assert lrs.post({**statement, "result": {"score": {"raw": 0}}}).status_code == 200


@pytest.mark.parametrize("chunked", [False, True], ids=["length", "chunked"])
def test_a_body_that_is_too_large_is_refused_while_it_is_sent_and_ends_its_connection(client, chunked):
    address = urlsplit(client.url)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    headers = {
        "Authorization": basic(":".join(client.auth).encode()),
        "X-Experience-API-Version": "1.0.3",
        "Content-Type": "application/json",
    }
    body = [b" " * 1_000_000] * 5 if chunked else b" " * 5_000_000
    connection.request("POST", STATEMENTS, body, headers, encode_chunked=chunked)
    refused = connection.getresponse()
    assert (refused.status, json.load(refused)["code"]) == (413, "payload_too_large")
    assert refused.headers["Connection"] == "close"
    connection.close()


@pytest.fixture
def send_bytes(client):
    """Send a request head and body as they are, and give the first line of the answer, if any."""

    def send(body, **headers):
        address = urlsplit(client.url)
        lines = {
            "Host": address.netloc,
            "Authorization": basic(":".join(client.auth).encode()),
            "X-Experience-API-Version": "1.0.3",
            "Content-Type": "application/json",
            "Connection": "close",
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        head = "\r\n".join([f"POST {STATEMENTS} HTTP/1.1", *(f"{n}: {v}" for n, v in lines.items()), "", ""])
        with socket.create_connection((address.hostname, address.port), timeout=30) as connection:
            connection.sendall(head.encode() + body)
            connection.shutdown(socket.SHUT_WR)
            return connection.makefile("rb").read().partition(b"\r\n")[0]

    return send


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (GOOD.encode(), {"Content_Length": str(len(GOOD) + 50)}),
        (GOOD.encode(), {"Content_Length": str(len(GOOD) - 5)}),
        (GOOD.encode(), {"Content_Length": "0"}),
        (GOOD.encode(), {"Content_Length": "-1"}),
        (GOOD.encode(), {"Content_Length": "many"}),
        (GOOD.encode(), {}),
        (b"", {}),
        (b"5\r\nhello\r\n", {"Transfer_Encoding": "chunked"}),
        (b"zz\r\nhello\r\n0\r\n\r\n", {"Transfer_Encoding": "chunked"}),
    ],
    ids=["longer", "shorter", "zero", "negative", "word", "none", "empty", "chunks cut", "chunks bad"],
)
def test_a_length_that_lies_stores_nothing(lrs, send_bytes, body, headers):
    first_line = send_bytes(body, **headers)
    assert first_line == b"" or first_line.split()[1].startswith(b"4"), first_line
    assert lrs.ids() == []


def test_a_connection_is_clean_after_a_refused_body(lrs):
    for _ in range(5):
        lrs.send_text(b"x" * 100_000, "text/plain")
        assert lrs.ids() == []


@pytest.mark.parametrize(
    "path", ["/", "/xapi", "/xapi/", "/xapi/statements/", "/xapi/statements/x", "/%ff", "/a\0"]
)
def test_an_unknown_address_is_not_found(client, assert_refused, path):
    assert_refused(client.get(path), 404)


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "TRACE", "BREW"])
def test_an_unknown_method_is_refused_and_the_known_ones_named(client, assert_refused, method):
    answer = client.request(method, STATEMENTS)
    assert_refused(answer, 405)
    assert {"GET", "HEAD", "POST", "PUT"} <= set(answer.headers["Allow"].split(", "))


@pytest.mark.parametrize("path", ["/xapi/statements", "/xapi/agents", "/recommendations/nuggets"])
@pytest.mark.parametrize("value", [b"Basic \xff\xfe", b"Basic ===", b"\xff", b"Basic", b"Bearer x"])
def test_authorization_that_cannot_be_read_is_401(lrs, assert_refused, path, value):
    answer = lrs.client.get(path, auth=lambda request: request, headers={"Authorization": value})
    assert_refused(answer, 401)


def test_about_needs_no_authorization_that_can_be_read(lrs):
    answer = lrs.client.get(
        "/xapi/about", auth=lambda request: request, headers={"Authorization": b"Basic \xff\xfe"}
    )
    assert answer.status_code == 200


def test_a_batch_of_too_many_statements_is_413_and_stores_nothing(lrs, assert_refused):
    small = {"actor": {"mbox": "mailto:a@b.example"}, "verb": {"id": "a:b"}, "object": {"id": "a:c"}}
    assert_refused(lrs.post([small] * 2001), 413)
    lrs.settle()
    assert lrs.ids() == []


@pytest.mark.parametrize(
    ("accept", "kind", "start"),
    [
        ("*/*", "application/json", '{"code"'),
        ("application/json, text/html;q=0.5", "application/json", '{"code"'),
        ("text/html,application/xhtml+xml;q=0.9,*/*;q=0.8", "text/html", "<!doctype html>"),
        ("text/plain", "text/plain", "code: unknown_parameter"),
        ("image/png", "application/json", '{"code"'),
    ],
)
def test_an_error_is_written_as_the_client_prefers(lrs, accept, kind, start):
    answer = lrs.client.get(f"{STATEMENTS}?<script>=1", headers={"Accept": accept})
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].split(";")[0] == kind
    assert answer.text.startswith(start)
    assert "<script>" not in answer.text or kind != "text/html"
