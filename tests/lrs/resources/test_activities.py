"""GET /activities: all that is known of an Activity (xAPI 1.0.3 Communication 2.5)."""

import pytest

ACTIVITIES = "/xapi/activities"
COURSE = "https://example.org/courses/1"


@pytest.fixture
def ask(version):
    """Ask a client about an Activity under each version."""

    def get(client, activity=COURSE, method="GET"):
        headers = {"X-Experience-API-Version": version}
        return client.request(method, ACTIVITIES, params={"activityId": activity}, headers=headers)

    return get


def test_an_activity_never_seen_is_its_id(client, ask):
    answer = ask(client)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == {"objectType": "Activity", "id": COURSE}


def test_definitions_of_many_statements_are_one(client, ask, lrs, make_statement):
    first = {"name": {"en": "One", "ca": "U"}, "type": "https://example.org/course"}
    second = {"name": {"en": "First", "fr": "Un"}, "description": {"en": "A course"}}
    for definition in (first, second):
        lrs.store(make_statement(object={"id": COURSE, "definition": definition}))
    assert ask(client).json()["definition"] == {
        "name": {"en": "First", "ca": "U", "fr": "Un"},
        "type": "https://example.org/course",
        "description": {"en": "A course"},
    }


def test_a_credential_without_define_adds_nothing(client, ask, make_lrs, make_statement):
    definition = {"name": {"en": "One"}}
    make_lrs("statements/write").store(make_statement(object={"id": COURSE, "definition": definition}))
    assert "definition" not in ask(client).json()


def test_another_store_knows_other_activities(ask, lrs, make_client, other_store, make_statement):
    lrs.store(make_statement(object={"id": COURSE, "definition": {"name": {"en": "One"}}}))
    assert "definition" not in ask(make_client(of=other_store)).json()


def test_head_is_get_without_the_body(client, ask):
    got, head = ask(client), ask(client, method="HEAD")
    assert (head.status_code, head.content, bool(got.headers["ETag"])) == (200, b"", True)
    assert {**head.headers, "Date": ""} == {**got.headers, "Date": ""}


@pytest.mark.parametrize("activity", ["course", "", "//example.org/a", "https://example.org/a b"])
def test_what_is_no_iri_is_refused(client, ask, assert_refused, activity):
    assert assert_refused(ask(client, activity), 400)["path"] == "activityId"


def test_the_id_must_be_there_and_alone(client, assert_refused):
    assert assert_refused(client.get(ACTIVITIES), 400)["path"] == "activityId"
    both = client.get(ACTIVITIES, params={"activityId": COURSE, "agent": "{}"})
    assert assert_refused(both, 400)["path"] == "agent"


def test_a_scope_to_read_is_needed(ask, make_client, assert_refused):
    assert_refused(ask(make_client("statements/write", "profile/write")), 403)
