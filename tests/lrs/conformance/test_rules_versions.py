"""Rules 1 to 11 of docs/rules.md: versions and headers."""

from email.utils import formatdate

import pytest

from lrs.auth.stores import create_store
from schemas.timestamps import parse_timestamp

RESOURCES = [
    "statements",
    "activities/state",
    "agents/profile",
    "activities/profile",
    "agents",
    "activities",
]
VERSION, THROUGH = "X-Experience-API-Version", "X-Experience-API-Consistent-Through"


@pytest.mark.parametrize("path", RESOURCES)
@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        ("1.0", "1.0.3"),
        ("1.0.0", "1.0.3"),
        ("1.0.2", "1.0.3"),
        ("1.0.9", "1.0.3"),
        ("2.0", "2.0.0"),
        ("2.0.0", "2.0.0"),
        ("2.0.7", "2.0.0"),
    ],
)
def test_rule_01_every_patch_of_a_served_version_is_accepted(ask, contexts, path, asked, answered):
    answer = ask("GET", path, asked, params=contexts[path])
    assert (answer.status_code, answer.headers[VERSION]) == (200, answered)


@pytest.mark.parametrize("path", RESOURCES)
@pytest.mark.parametrize("asked", [None, "", "0.95", "0.9.9", "1.1.0", "2.1.0", "3.0.0", "1", "1.0.3x"])
def test_rule_01_a_missing_or_unknown_version_is_refused(ask, contexts, assert_refused, path, asked):
    assert_refused(ask("GET", path, asked, params=contexts[path]), 400)


@pytest.mark.parametrize(("asked", "answered"), [("1.0", "1.0.3"), ("2.0.1", "2.0.0")])
def test_rule_02_errors_name_the_latest_patch_too(ask, asked, answered):
    unknown = {"statementId": "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"}
    answers = [
        ask("GET", "statements", asked, params=unknown),
        ask("GET", "statements", asked, params={"x": "1"}),
        ask("GET", "statements", asked, auth=("nobody", "wrong")),
        ask("GET", "nothing", asked),
    ]
    assert [answer.status_code for answer in answers] == [404, 400, 401, 404]
    assert {answer.headers[VERSION] for answer in answers} == {answered}


def test_rule_03_about_needs_neither_version_nor_credential_and_lists_both(ask):
    answer = ask("GET", "about", None, auth=None)
    assert answer.status_code == 200
    assert answer.json()["version"] == ["1.0.3", "2.0.0"]


@pytest.mark.parametrize("default", ["1.0.3", "2.0.0"])
def test_rule_04_a_request_without_version_is_answered_with_the_default_of_its_store(
    database, make_client, default
):
    store = create_store(database, f"rule 4 {default} {id(make_client)}", default_version=default)
    answer = make_client("all", of=store).get("/xapi/statements", headers={VERSION: None})
    assert (answer.status_code, answer.headers[VERSION]) == (400, default)


@pytest.mark.parametrize(
    ("version", "sent", "kept"),
    [
        ("1.0.3", None, "1.0.0"),
        ("1.0.3", "1.0", "1.0"),
        ("1.0.3", "1.0.9", "1.0.9"),
        ("2.0.0", None, "2.0.0"),
        ("2.0.0", "1.0", "1.0"),
        ("2.0.0", "1.0.9", "1.0.9"),
        ("2.0.0", "2.0.0", "2.0.0"),
    ],
    indirect=["version"],
)
def test_rule_05_the_version_of_a_statement_is_stamped_or_kept(either, make_statement, sent, kept):
    statement = make_statement(version=sent)
    either.store(statement)
    assert either.one(statement["id"])["version"] == kept


@pytest.mark.parametrize("sent", ["1.1.0", "0.9.9", "2", "1.0.3 "])
def test_rule_05_other_versions_of_a_statement_are_refused(either, make_statement, assert_refused, sent):
    assert assert_refused(either.post(make_statement(version=sent)), 400)["path"] == "version"


def test_rule_06_a_newer_statement_is_read_by_the_older_version_unchanged(lrs, lrs2, make_statement):
    role = {"objectType": "contextAgent", "agent": {"openid": "https://example.org/ada"}}
    statement = make_statement(context={"contextAgents": [role]})
    lrs2.store(statement)
    seen = lrs.one(statement["id"])
    assert seen == lrs2.one(statement["id"])
    assert (seen["version"], seen["context"]) == ("2.0.0", {"contextAgents": [role]})


def test_rule_07_consistent_through_is_on_every_answer_and_never_moves_back(either, make_statement):
    answers = [either.get(), either.get(x="1"), either.post(make_statement()), either.post({}), either.get()]
    assert [answer.status_code for answer in answers] == [200, 400, 200, 400, 200]
    times = [parse_timestamp(answer.headers[THROUGH]) for answer in answers]
    assert times == sorted(times)


@pytest.mark.parametrize("path", [*RESOURCES, "about"])
def test_rule_08_head_is_get_without_the_body(ask, contexts, lrs, make_statement, version, path):
    lrs.store(make_statement())
    params = contexts.get(path, {})
    get, head = [ask(method, path, version, params=params) for method in ("GET", "HEAD")]
    assert (head.status_code, head.content) == (200, b"")
    for answer in (get, head):
        for moving in ("Date", THROUGH):
            answer.headers.pop(moving, None)
    assert head.headers == get.headers
    assert int(head.headers["Content-Length"]) == len(get.content)


@pytest.mark.parametrize("path", [*RESOURCES, "about"])
def test_rule_09_pages_of_other_origins_may_ask_and_read_the_headers(ask, path):
    wanted = {
        "Origin": "https://content.example.org",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization, content-type, if-match, if-none-match, "
        "x-experience-api-version",
    }
    preflight = ask("OPTIONS", path, None, wanted, auth=None)
    allowed = preflight.headers["Access-Control-Allow-Headers"].lower()
    assert preflight.status_code in (200, 204)
    assert all(name in allowed for name in ("if-match", "if-none-match", "x-experience-api-version"))
    exposed = ask("GET", path, headers={"Origin": "https://content.example.org"})
    names = exposed.headers["Access-Control-Expose-Headers"].lower()
    assert all(name in names for name in ("etag", "last-modified", VERSION.lower(), THROUGH.lower()))


def test_rule_10_the_alternate_request_syntax_is_that_of_1_0_3_alone(client, lrs, make_statement):
    statement = make_statement()
    lrs.store(statement)
    form = {"statementId": statement["id"], "X-Experience-API-Version": "1.0.3"}

    def send(query, version):
        fields = {**form, "X-Experience-API-Version": version}
        return client.request("POST", f"/xapi/statements?{query}", data=fields, headers={})

    answer = send("method=GET", "1.0.3")
    assert (answer.status_code, answer.json()["id"]) == (200, statement["id"])
    assert send("method=GET&limit=1", "1.0.3").status_code == 400
    assert (
        400
        <= client.post("/xapi/statements?method=GET", data=form, headers={VERSION: "2.0.0"}).status_code
        < 500
    )


def test_rule_11_last_modified_is_the_newest_stored_as_an_http_date(either, make_statement, document):
    either.store(make_statement(), make_statement())
    statements = either.get(ascending="false")
    newest = parse_timestamp(statements.json()["statements"][0]["stored"]) // 1_000_000
    document("PUT", data=b"x")
    for answer in (statements, document("GET")):
        assert answer.headers["Last-Modified"].endswith(" GMT")
    assert statements.headers["Last-Modified"] == formatdate(newest, usegmt=True)
