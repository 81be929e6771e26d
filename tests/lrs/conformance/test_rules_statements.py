"""Rules 12 to 27 of docs/rules.md: the structure of Statements."""

import json
import uuid

import pytest

ACTIVITY = {"id": "https://example.org/nuggets/1"}
CHOICE = {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "b"}]}
BOB = {"mbox": "mailto:bob@example.org"}


@pytest.fixture
def refused(either, make_statement, assert_refused):
    """Check that a Statement with these properties is refused and nothing of it is kept."""

    def check(**properties):
        body = assert_refused(either.post(make_statement(**properties)), 400)
        assert either.ids() == []
        return body

    return check


@pytest.fixture
def accepted(either, make_statement):
    """Store a Statement with these properties and read it back."""
    return lambda **properties: either.one(either.store(make_statement(**properties))[0])


@pytest.mark.parametrize(
    "properties",
    [
        {"result": {"completion": None}},
        {"object": {**ACTIVITY, "definition": {"name": None}}},
        {"context": {"contextActivities": {"parent": None}}},
        {"Actor": BOB},
        {"verb": {"Id": "https://example.org/v"}},
        {"actor": {**BOB, "objectType": "agent"}},
        {"object": {**ACTIVITY, "objectType": "activity"}},
        {"mood": "good"},
        {"result": {"mood": "good"}},
    ],
)
def test_rule_12_null_wrong_case_and_unknown_properties_are_refused(refused, properties):
    refused(**properties)


def test_rule_12_null_and_empty_objects_are_fine_where_they_are_legal(accepted):
    extensions = {"https://example.org/x": None, "https://example.org/y": {"z": [None]}}
    result = {"extensions": extensions, "score": {}}
    assert accepted(result=result, context={}, object={**ACTIVITY, "definition": {}})["result"] == result


@pytest.mark.parametrize("place", ['"a":1,"a":1', '"a":{"b":1,"b":2}'])
def test_rule_13_a_key_twice_is_refused(either, make_statement, assert_refused, place):
    text = json.dumps(make_statement(result={"extensions": {"https://e.org/x": "HERE"}}))
    answer = either.send_text(text.replace('"HERE"', "{" + place + "}"))
    assert "twice" in assert_refused(answer, 400)["message"] or "duplicate" in answer.text.lower()


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "6690e6c93ef04ed38b377f3964730bee",
        "{6690e6c9-3ef0-4ed3-8b37-7f3964730bee}",
        "6690e6c9-3ef0-4ed3-8b37-7f3964730beg",
        "6690e6c9-3ef0-4ed3-8b37-7f3964730bee ",
    ],
)
def test_rule_14_other_forms_of_a_uuid_are_refused(refused, name):
    refused(id=name)
    refused(context={"registration": name})


@pytest.mark.parametrize(
    "name",
    [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "6F9619FF-8B86-D011-B42D-00C04FC964FF",
        "6690e6c9-3ef0-9ed3-0b37-7f3964730bee",
        "6690e6c9-3ef0-0ed3-cb37-7f3964730bee",
    ],
)
def test_rule_14_any_variant_is_a_uuid(either, make_statement, name):
    statement = make_statement(id=name, context={"registration": name})
    assert either.post(statement).json() == [name]
    assert either.one(name.upper())["id"] == name
    assert either.ids(registration=name.lower()) == [name]
    void = make_statement(
        verb={"id": "http://adlnet.gov/expapi/verbs/voided"},
        object={"objectType": "StatementRef", "id": name},
    )
    assert either.put(void, void["id"]).status_code == 204
    assert either.state(name) == (404, 200)


def test_rule_14_uuids_are_the_same_in_any_case(either, make_statement):
    upper = str(uuid.uuid4()).upper()
    registration = str(uuid.uuid4())
    either.store(make_statement(id=upper, context={"registration": registration.upper()}))
    assert either.one(upper.lower())["id"].lower() == upper.lower()
    assert len(either.find(registration=registration)) == 1
    assert either.post(make_statement(id=upper.lower())).status_code == 409


@pytest.mark.parametrize("iri", ["nuggets/1", "/nuggets/1", "//example.org/x", "www.example.org", ""])
def test_rule_15_an_iri_needs_a_scheme(refused, iri):
    refused(object={"id": iri})
    refused(verb={"id": iri})


def test_rule_15_iris_are_compared_as_exact_strings(either, make_statement):
    either.store(make_statement(verb={"id": "https://example.org/%7Ever%c3%a9"}))
    for other in (
        "https://example.org/~ver%c3%a9",
        "https://example.org/%7Ever%C3%A9",
        "https://EXAMPLE.org/%7Ever%c3%a9",
    ):
        assert either.ids(verb=other) == []
    assert len(either.ids(verb="https://example.org/%7Ever%c3%a9")) == 1


@pytest.mark.parametrize("tag", ["und", "ase", "x-private", "i-klingon", "sl-rozaj-biske", "zh-cmn-Hans-CN"])
def test_rule_16_language_tags_of_every_kind_are_accepted(accepted, tag):
    definition = {"name": {tag: "x"}, "description": {tag: "y"}, **CHOICE}
    definition["choices"] = [{"id": "a", "description": {tag: "z"}}]
    assert accepted(object={**ACTIVITY, "definition": definition})["object"]["definition"] == definition


@pytest.mark.parametrize("tag", ["", "e", "en_US", "englishlanguage", "en-", "a-b", "12"])
def test_rule_16_the_keys_of_every_language_map_are_checked(refused, tag):
    refused(verb={"id": "https://example.org/v", "display": {tag: "x"}})
    refused(
        object={**ACTIVITY, "definition": {**CHOICE, "choices": [{"id": "a", "description": {tag: "x"}}]}}
    )
    refused(context={"language": tag})


@pytest.mark.parametrize(
    "actor",
    [
        {"mbox": "ada@example.org"},
        {"mbox_sha1sum": "cd9b00"},
        {"account": {"name": "ada"}},
        {"account": {"homePage": "https://example.org"}},
        {"account": {"homePage": "example", "name": "ada"}},
        {**BOB, "openid": "https://example.org/bob"},
        {"name": "Bob"},
        {"objectType": "Group"},
        {"objectType": "Group", "member": []},
        {"objectType": "Group", "member": [{"objectType": "Group", "member": [BOB]}]},
    ],
)
def test_rule_17_an_actor_that_is_none_is_refused(refused, actor):
    refused(actor=actor)


@pytest.mark.parametrize("group", [BOB, {**BOB, "member": []}, {"member": [BOB]}])
def test_rule_17_a_group_is_identified_or_has_members(accepted, group):
    assert accepted(actor={"objectType": "Group", **group})["actor"] == {"objectType": "Group", **group}


@pytest.mark.parametrize("offset", ["-00", "-0000", "-00:00", "+25:00", "x"])
def test_rule_18_a_timestamp_of_no_offset_there_is_is_refused(refused, offset):
    refused(timestamp=f"2020-01-02T03:04:05{offset}")


TIMES = {
    "2020-01-02T03:04:05.123456789+05:30": "2020-01-01T21:34:05.123456789Z",
    "2020-01-01T00:00:00-05:00": "2020-01-01T05:00:00Z",
    "2020-01-01 00:00:00.5Z": "2020-01-01T00:00:00.5Z",
    "2020-01-01T00:00:00": "2020-01-01T00:00:00Z",
    "2016-12-31T19:59:60-04:00": "2016-12-31T23:59:60Z",
    "2099-01-01T00:00:00.120Z": "2099-01-01T00:00:00.120Z",
}


@pytest.mark.parametrize(("sent", "utc"), TIMES.items())
def test_rule_18_2_0_returns_timestamps_in_utc_with_every_digit(lrs2, make_statement, sent, utc):
    inner = {
        "objectType": "SubStatement",
        "actor": BOB,
        "verb": {"id": "https://e.org/v"},
        "object": ACTIVITY,
    }
    statement = make_statement(timestamp=sent, object={**inner, "timestamp": sent})
    lrs2.store(statement)
    seen = lrs2.one(statement["id"])
    assert (seen["timestamp"], seen["object"]["timestamp"]) == (utc, utc)
    assert lrs2.post(statement).status_code == 200


def test_rule_18_1_0_3_returns_timestamps_as_they_came(lrs, make_statement):
    sent = "2020-01-02T03:04:05.123456789+05:30"
    assert lrs.one(lrs.store(make_statement(timestamp=sent))[0])["timestamp"] == sent


@pytest.mark.parametrize(
    "text", ["20260102T030405Z", "20260102T0304+0100", "20260102T030405.678-05", "20161231T235960Z"]
)
def test_rule_18_the_basic_format_of_iso_8601_is_for_1_0_3_alone(lrs, lrs2, make_statement, text):
    statement = make_statement(timestamp=text)
    assert lrs2.post(statement).status_code == 400
    assert lrs.post(statement).status_code == 200
    assert lrs.one(statement["id"])["timestamp"] == text
    inner = {key: value for key, value in statement.items() if key != "id"}
    assert lrs.post(make_statement(object={**inner, "objectType": "SubStatement"})).status_code == 200


def test_rule_18_a_missing_timestamp_is_the_time_stored(accepted):
    seen = accepted()
    assert seen["timestamp"] == seen["stored"]


def test_rule_19_stored_and_authority_are_those_of_the_lrs(accepted):
    seen = accepted(stored="2001-01-01T00:00:00Z", authority=BOB)
    assert seen["stored"] > "2020"
    assert seen["authority"]["objectType"] == "Agent"
    assert "mbox" not in seen["authority"]


def test_rule_20_since_is_exclusive_and_until_inclusive(either, make_statement, assert_refused):
    first, second, third = either.store(make_statement(), make_statement(), make_statement())
    stored = either.one(second)["stored"]
    assert len(stored) == len("2026-01-02T03:04:05.678901Z")
    assert either.ids(since=stored) == [third]
    assert either.ids(until=stored) == [second, first]
    for name in ("since", "until"):
        assert_refused(either.get(**{name: "yesterday"}), 400)


@pytest.mark.parametrize("duration", ["P4W", "PT1.23456789S", "PT0S", "P1Y2M3DT4H5M6.7S", "PT36H"])
def test_rule_21_durations_are_kept_as_they_came(accepted, duration):
    assert accepted(result={"duration": duration})["result"]["duration"] == duration


@pytest.mark.parametrize("duration", ["", "P", "PT", "P4W1D", "4W", "PT1M-1S", "P1S", "P0001-01-01T00:00:00"])
def test_rule_21_what_is_no_duration_is_refused(refused, duration):
    refused(result={"duration": duration})


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("PT1.234S", "PT1.239S", 200),
        ("PT1.001S", "PT1S", 200),
        ("PT1.99S", "PT2S", 409),
        ("PT120S", "PT2M", 409),
        ("PT1.23S", "PT1.24S", 409),
    ],
)
def test_rule_21_durations_are_compared_to_the_hundredth_cut_and_never_rounded(
    either, make_statement, first, second, status
):
    statement = make_statement(result={"duration": first})
    either.store(statement)
    assert either.post({**statement, "result": {"duration": second}}).status_code == status


@pytest.mark.parametrize(
    "score", [{"scaled": 1.1}, {"scaled": -1.01}, {"min": 2, "max": 1}, {"raw": 0, "min": 1}]
)
def test_rule_22_a_score_beyond_its_bounds_is_refused(refused, score):
    refused(result={"score": score})


@pytest.mark.parametrize(
    "number", ["1.0", "1e3", "-0.0", "9007199254740993", "123456789012345678901234567890"]
)
def test_rule_22_numbers_keep_their_spelling(either, make_statement, number):
    text = json.dumps(make_statement(result={"score": {"raw": 4711471147}})).replace("4711471147", number)
    name = either.send_text(text).json()[0]
    assert f'"raw": {number}' in either.get(statementId=name).text


SUB = {"objectType": "SubStatement", "actor": BOB, "verb": {"id": "https://e.org/v"}, "object": ACTIVITY}


@pytest.mark.parametrize("name", ["revision", "platform"])
def test_rule_23_revision_and_platform_need_an_activity(refused, name):
    refused(object={**BOB, "objectType": "Agent"}, context={name: "1"})


def test_rule_23_context_activities_are_returned_as_arrays(accepted):
    context = {"contextActivities": {"parent": ACTIVITY, "other": [ACTIVITY]}}
    lists = {"contextActivities": {"parent": [ACTIVITY], "other": [ACTIVITY]}}
    seen = accepted(context=context, object={**SUB, "context": context})
    assert (seen["context"], seen["object"]["context"]) == (lists, lists)


@pytest.mark.parametrize(
    "inner",
    [
        {"id": str(uuid.uuid4())},
        {"stored": "2020-01-01T00:00:00Z"},
        {"version": "1.0.0"},
        {"authority": BOB},
        {"object": SUB},
    ],
)
def test_rule_23_a_substatement_has_no_identity_and_holds_no_other(refused, inner):
    refused(object={**SUB, **inner})


@pytest.mark.parametrize(
    "definition",
    [
        {"interactionType": "guess"},
        {"interactionType": "choice", "choices": [{"id": "a"}, {"id": "a"}]},
        {"interactionType": "choice", "scale": [{"id": "a"}]},
        {"interactionType": "likert", "choices": [{"id": "a"}]},
        {"interactionType": "matching", "steps": [{"id": "a"}]},
        {"interactionType": "performance", "source": [{"id": "a"}]},
        {"choices": [{"id": "a"}]},
    ],
)
def test_rule_24_components_go_with_their_interaction_type(refused, definition):
    refused(object={**ACTIVITY, "definition": definition})


@pytest.mark.parametrize("name", ["usageType", "display", "contentType", "length", "sha2"])
def test_rule_25_an_attachment_has_its_five_properties(refused, make_attachment, name):
    refused(attachments=[make_attachment(b"x", fileUrl="https://e.org/f", **{name: None})])


def test_rule_25_the_hash_may_have_any_case(accepted, make_attachment):
    attachment = make_attachment(b"x", fileUrl="https://e.org/f")
    attachment["sha2"] = attachment["sha2"].upper()
    assert accepted(attachments=[attachment])["attachments"] == [attachment]


ROLES = {
    "contextAgents": [{"objectType": "contextAgent", "agent": BOB, "relevantTypes": ["https://e.org/t"]}],
    "contextGroups": [{"objectType": "contextGroup", "group": {**BOB, "objectType": "Group"}}],
}


def test_rule_26_context_agents_and_groups_are_those_of_2_0(lrs2, make_statement):
    context = {**ROLES, "instructor": BOB}
    statement = make_statement(context=context, object={**SUB, "context": ROLES})
    seen = lrs2.one(lrs2.store(statement)[0])
    assert (seen["context"], seen["object"]["context"]) == (context, ROLES)


@pytest.mark.parametrize("name", sorted(ROLES))
def test_rule_26_1_0_3_and_empty_relevant_types_are_refused(lrs, lrs2, make_statement, assert_refused, name):
    assert_refused(lrs.post(make_statement(context={name: ROLES[name]})), 400)
    empty = [{**ROLES[name][0], "relevantTypes": []}]
    assert_refused(lrs2.post(make_statement(context={name: empty})), 400)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_rule_27_batches_are_stored_whole_or_not_at_all(either, make_statement, assert_refused, size):
    batch = [make_statement() for _ in range(size)]
    assert_refused(either.post([*batch[:-1], {**batch[-1], "verb": {"id": "x"}}]), 400)
    assert_refused(either.post([*batch, {**make_statement(), "id": batch[0]["id"].upper()}]), 400)
    assert either.ids() == []
    empty = either.post([])
    assert (empty.status_code, empty.json()) == (200, [])
