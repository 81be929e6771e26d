"""GET /activities: all that is known of an Activity (xAPI 1.0.3 Communication 2.5)."""

from concurrent.futures import ThreadPoolExecutor

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


def test_a_statement_sent_again_changes_nothing(client, ask, lrs, make_statement):
    old = make_statement(object={"id": COURSE, "definition": {"name": {"en": "Old"}}})
    lrs.store(old)
    lrs.store(make_statement(object={"id": COURSE, "definition": {"name": {"en": "New"}}}))
    other = {**old, "object": {"id": COURSE, "definition": {"name": {"en": "Other", "de": "Anders"}}}}
    assert lrs.post(old).status_code == 200
    assert lrs.put(other, old["id"]).status_code == 204
    assert ask(client).json()["definition"] == {"name": {"en": "New"}}
    assert lrs.one(old["id"])["object"]["definition"] == {"name": {"en": "Old"}}


def test_nothing_of_a_stored_statement_in_a_batch_counts(client, ask, lrs, make_statement):
    old = make_statement(object={"id": COURSE, "definition": {"name": {"en": "Old"}}})
    lrs.store(old)
    lrs.store(make_statement(object={"id": COURSE, "definition": {"name": {"en": "New"}}}))
    changed = {**old, "object": {"id": COURSE, "definition": {"name": {"en": "Other", "de": "Anders"}}}}
    assert lrs.post([changed, make_statement()]).status_code == 200
    assert lrs.post([changed, *(make_statement() for _ in range(1200))]).status_code == 200
    assert ask(client).json()["definition"] == {"name": {"en": "New"}}


def test_a_batch_in_conflict_changes_nothing(client, ask, lrs, make_statement):
    old = make_statement()
    lrs.store(old)
    news = make_statement(object={"id": COURSE, "definition": {"name": {"en": "News"}}})
    assert lrs.post([news, {**old, "result": {}}]).status_code == 409
    assert "definition" not in ask(client).json()


def test_the_newest_definition_wins_whatever_process_stores_it(ask, make_client, make_statement):
    clients = [make_client() for _ in range(4)]  # connections of their own, so to both processes
    for number in range(40):
        name = {"en": "AB"[number // 2 % 2]}
        statement = make_statement(object={"id": COURSE, "definition": {"name": name}})
        assert clients[number % 4].post("/xapi/statements", json=statement).status_code == 200
        assert ask(clients[(number + 1) % 4]).json()["definition"]["name"] == name


def test_of_definitions_sent_at_once_the_newest_stored_wins(ask, lrs, make_client, make_statement):
    clients = [make_client() for _ in range(6)]

    def send(number):
        statement = make_statement(object={"id": COURSE, "definition": {"name": {"en": str(number % 5)}}})
        assert clients[number % 6].post("/xapi/statements", json=statement).status_code == 200

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(send, range(90)))
    [newest] = lrs.page(params={"limit": 1})["statements"]
    assert ask(clients[0]).json()["definition"]["name"] == newest["object"]["definition"]["name"]


def test_a_question_that_changed_its_type_is_valid_and_canonical_answers_can_be_sent_back(
    client, ask, lrs, lrs2, make_statement
):
    choice = {"interactionType": "choice", "choices": [{"id": "a", "description": {"en": "A", "de": "B"}}]}
    fill_in = {
        "interactionType": "fill-in",
        "correctResponsesPattern": ["word"],
        "name": {"en": "Q", "de": "F"},
    }
    for definition in (choice, fill_in):
        lrs.store(make_statement(object={"id": COURSE, "definition": definition}))
    assert ask(client).json()["definition"] == fill_in
    for each in (lrs, lrs2):
        for shown in each.find(format="canonical"):
            assert each.post(shown).status_code == 200
            assert each.post({**shown, "id": make_statement()["id"]}).status_code == 200
