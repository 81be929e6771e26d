"""POST and PUT: ids, what the LRS sets, batches that are stored whole or not at all."""

import json
import uuid

import pytest

from schemas.timestamps import parse_timestamp


def test_one_posted_statement_is_answered_with_its_id_in_a_list(lrs, make_statement):
    statement = make_statement()
    answer = lrs.post(statement)
    assert (answer.status_code, answer.json()) == (200, [statement["id"]])
    assert lrs.one(statement["id"])["object"] == statement["object"]


def test_a_batch_is_answered_with_its_ids_in_order(lrs, statements):
    batch = statements(20)
    assert lrs.store_batch(batch) == [statement["id"] for statement in batch]
    assert lrs.ids() == [statement["id"] for statement in reversed(batch)]


def test_an_empty_batch_stores_nothing_and_is_answered_with_an_empty_list(lrs):
    answer = lrs.post([])
    assert (answer.status_code, answer.json()) == (200, [])
    assert lrs.ids() == []


def test_an_id_made_by_the_lrs_is_a_uuid_of_version_4(lrs, make_statement):
    made = lrs.store_batch([make_statement(id=None), make_statement(id=None)])
    assert [uuid.UUID(name).version for name in made] == [4, 4]
    assert sorted(lrs.ids()) == sorted(made)


@pytest.mark.parametrize("version", range(1, 9))
def test_ids_of_every_uuid_version_are_kept(lrs, make_statement, version):
    chosen = f"{uuid.uuid4().hex[:8]}-7701-{version}e41-9a5f-0123456789ab"
    assert lrs.store(make_statement(id=chosen)) == [chosen]
    assert lrs.one(chosen)["id"] == chosen


def test_an_id_is_the_same_in_upper_and_lower_case(lrs, make_statement):
    chosen = str(uuid.uuid4())
    lrs.store(make_statement(id=chosen.upper()))
    assert lrs.one(chosen)["id"] == chosen.upper()
    assert lrs.one(chosen.upper())["id"] == chosen.upper()
    assert lrs.post(make_statement(id=chosen)).status_code == 200
    assert len(lrs.ids()) == 1


def test_put_stores_under_the_id_in_the_query(lrs, make_statement):
    chosen = str(uuid.uuid4())
    answer = lrs.put(make_statement(id=None), chosen)
    assert (answer.status_code, answer.content) == (204, b"")
    assert lrs.one(chosen)["id"] == chosen


def test_put_accepts_the_same_id_in_the_body(lrs, make_statement):
    statement = make_statement()
    assert lrs.put(statement, statement["id"].upper()).status_code == 204
    assert lrs.ids() == [statement["id"]]


def test_put_refuses_another_id_in_the_body(lrs, make_statement, assert_refused):
    assert assert_refused(lrs.put(make_statement(), str(uuid.uuid4())), 400)["path"] == "id"
    assert lrs.ids() == []


def test_put_refuses_a_missing_id(lrs, make_statement, assert_refused):
    refused = lrs.send("PUT", json=make_statement())
    assert assert_refused(refused, 400)["path"] == "statementId"


def test_put_refuses_a_batch(lrs, make_statement, assert_refused):
    statement = make_statement()
    assert_refused(lrs.put([statement], statement["id"]), 400)
    assert lrs.ids() == []


def test_put_refuses_a_read_parameter(lrs, make_statement, assert_refused):
    statement = make_statement()
    answer = lrs.send("PUT", json=statement, params={"statementId": statement["id"], "format": "ids"})
    assert assert_refused(answer, 400)["path"] == "format"


def test_post_refuses_a_statement_id_parameter(lrs, make_statement, assert_refused):
    statement = make_statement()
    answer = lrs.post(statement, params={"statementId": statement["id"]})
    assert assert_refused(answer, 400)["path"] == "statementId"
    assert lrs.ids() == []


def test_stored_is_set_by_the_lrs(lrs, make_statement):
    before = lrs.consistent_through()
    [name] = lrs.store(make_statement(stored="2001-01-01T00:00:00Z"))
    assert parse_timestamp(lrs.one(name)["stored"]) > before


def test_authority_is_the_credential_and_not_what_the_client_says(lrs, client, make_statement):
    claimed = {"objectType": "Agent", "mbox": "mailto:boss@example.org"}
    [name] = lrs.store(make_statement(authority=claimed))
    authority = lrs.one(name)["authority"]
    assert authority["objectType"] == "Agent"
    assert authority["account"]["name"] == client.auth[0]
    assert "mbox" not in authority


def test_a_missing_timestamp_is_the_stored_time(lrs, make_statement):
    [name] = lrs.store(make_statement())
    kept = lrs.one(name)
    assert kept["timestamp"] == kept["stored"]


@pytest.mark.parametrize(
    "text", ["2015-11-18T12:17:00+00:00", "2015-11-18T12:17:00.123456789-05:30", "2099-01-01T00:00:00Z"]
)
def test_a_timestamp_is_returned_as_it_came(lrs, make_statement, text):
    [name] = lrs.store(make_statement(timestamp=text))
    assert lrs.one(name)["timestamp"] == text


def test_version_is_stamped_by_the_rules_of_the_request(lrs, lrs2, make_statement):
    [first] = lrs.store(make_statement())
    [second] = lrs2.store(make_statement())
    assert (lrs.one(first)["version"], lrs.one(second)["version"]) == ("1.0.0", "2.0.0")


@pytest.mark.parametrize("version", ["1.0", "1.0.0", "1.0.3", "1.0.9"])
def test_a_version_given_is_kept_whichever_version_asks(lrs, lrs2, make_statement, version):
    [name] = lrs.store(make_statement(version=version))
    assert (lrs.one(name)["version"], lrs2.one(name)["version"]) == (version, version)


def test_a_2_0_statement_read_by_1_0_3_is_not_converted(lrs, lrs2, make_statement):
    around = [{"objectType": "contextAgent", "agent": {"mbox": "mailto:eve@example.org"}}]
    [name] = lrs2.store(make_statement(context={"contextAgents": around}))
    assert lrs.one(name)["context"] == {"contextAgents": around}
    assert lrs.one(name)["version"] == "2.0.0"


def test_context_activities_are_returned_as_arrays(lrs, make_statement):
    course, topic = {"id": "https://example.org/courses/1"}, {"id": "https://example.org/topics/1"}
    context = {"contextActivities": {"parent": course, "grouping": [topic]}}
    inner = {
        "objectType": "SubStatement",
        **{key: value for key, value in make_statement(context=context).items() if key != "id"},
    }
    [name] = lrs.store(make_statement(context=context, object=inner))
    lists = {"parent": [course], "grouping": [topic]}
    kept = lrs.one(name)
    assert kept["context"]["contextActivities"] == lists
    assert kept["object"]["context"]["contextActivities"] == lists


def test_every_other_property_comes_back_as_it_was_sent(lrs, make_statement):
    rich = make_statement(
        actor={"objectType": "Group", "member": [{"mbox": "mailto:a@example.org"}], "name": "Both"},
        verb={"id": "https://example.org/verbs/read", "display": {"en": "read", "ca": "va llegir"}},
        result={"score": {"scaled": 0.5, "raw": 1}, "duration": "PT1H30.5S", "extensions": {"a:b": None}},
        context={"registration": str(uuid.uuid4()), "language": "en-GB", "platform": "Ü"},
        timestamp="2024-02-29T23:59:59.5+01:00",
        attachments=[
            {
                "usageType": "https://example.org/usage",
                "display": {"en": "A file"},
                "contentType": "text/plain",
                "length": 3,
                "sha2": "ab" * 32,
                "fileUrl": "https://example.org/file",
            }
        ],
    )
    [name] = lrs.store(rich)
    kept = lrs.one(name)
    assert {key: kept[key] for key in rich} == rich
    assert sorted(set(kept) - set(rich)) == ["authority", "stored", "version"]


@pytest.mark.parametrize("place", [0, 7, 14])
def test_one_bad_statement_keeps_the_whole_batch_out(lrs, statements, make_statement, assert_refused, place):
    batch = statements(14)
    batch.insert(place, make_statement(verb={"id": "no-iri"}))
    assert assert_refused(lrs.post(batch), 400)["path"] == f"[{place}].verb.id"
    assert lrs.ids() == []


@pytest.mark.parametrize(("first", "second"), [(0, 1), (0, 2), (1, 3)])
def test_an_id_twice_in_a_batch_refuses_it_whole(lrs, statements, assert_refused, first, second):
    batch = statements(4)
    batch[second]["id"] = batch[first]["id"].upper()
    assert "more than once" in assert_refused(lrs.post(batch), 400)["message"]
    assert lrs.ids() == []


def test_a_conflict_keeps_the_whole_batch_out(lrs, statements, assert_refused):
    old, changed, new = statements(3)
    lrs.store(old)
    changed["id"] = old["id"]
    assert_refused(lrs.post([new, changed]), 409)
    assert lrs.ids() == [old["id"]]


def test_a_batch_with_stored_statements_stores_the_rest_and_answers_all_ids(lrs, statements):
    batch = statements(6)
    lrs.store_batch(batch[1:4])
    assert lrs.store_batch(batch) == [statement["id"] for statement in batch]
    assert sorted(lrs.ids()) == sorted(statement["id"] for statement in batch)


def test_a_body_may_have_space_around_it(lrs, make_statement):
    text = f"\n\t {json.dumps(make_statement(id=None), indent=4)} \r\n"
    assert lrs.send_text(text).status_code == 200
    assert len(lrs.ids()) == 1


@pytest.mark.parametrize("kind", ["application/json; charset=UTF-8", "Application/JSON"])
def test_a_content_type_with_parameters_or_in_capitals_is_read(lrs, make_statement, kind):
    assert lrs.send_text(json.dumps(make_statement()), kind).status_code == 200


def test_a_large_batch_is_stored_whole(lrs, statements):
    batch = statements(2000)
    assert len(lrs.store_batch(batch)) == 2000
    assert sorted(lrs.ids()) == sorted(statement["id"] for statement in batch)
