import json
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lrs.statements.lifecycle import Origin, SentStatement, kept_text, repeated_ids, with_id, with_new_id
from schemas.json_text import parse_json, split_object
from schemas.versions import XAPI_1_0_3, XAPI_2_0_0

STORED = 1_700_000_000_123_456
MOMENT = "2023-11-14T22:13:20.123456Z"
ORIGIN = Origin({"mbox": "mailto:lrs@example.org"}, "key", XAPI_1_0_3)
ACTOR, VERB = '{"mbox" : "mailto:a@b.org"}', '{"id":"https:\\/\\/v"}'


def sent(text):
    return SentStatement(parse_json(text.encode()), text.encode())


def kept(text, origin=ORIGIN):
    return kept_text(sent(text), origin, STORED)


def test_what_the_lrs_sets_is_added_to_what_came():
    values = parse_json(kept(f'{{"actor":{ACTOR},"verb":{VERB},"object":{{"id":"https://o"}}}}'))
    assert values == {
        "actor": {"mbox": "mailto:a@b.org"},
        "verb": {"id": "https://v"},
        "object": {"id": "https://o"},
        "timestamp": MOMENT,
        "version": "1.0.0",
        "stored": MOMENT,
        "authority": {"mbox": "mailto:lrs@example.org"},
    }


def test_what_the_client_says_of_stored_and_authority_is_dropped():
    text = '{"stored":"x","authority":1,"object":{"id":"https://o"},"timestamp":"then","version":"1.0.2"}'
    values = parse_json(kept(text))
    assert (values["stored"], values["authority"]) == (MOMENT, {"mbox": "mailto:lrs@example.org"})
    assert (values["timestamp"], values["version"]) == ("then", "1.0.2")


def test_the_version_stamped_is_that_of_the_rules():
    origin = Origin({}, "key", XAPI_2_0_0)
    assert parse_json(kept('{"object":{"id":"https://o"}}', origin))["version"] == "2.0.0"


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON_VALUES, st.sampled_from([None, 0, 3, "\t"]), st.booleans())
def test_the_text_of_each_value_is_kept_to_the_byte(value, indent, ascii_only):
    text = json.dumps({"x": value}, indent=indent, ensure_ascii=ascii_only)
    whole = json.dumps({"object": {"id": "https://o"}})[:-1] + ', "result" :\n ' + text + " }"
    assert split_object(kept(whole))["result"] == text.encode()


def test_a_single_context_activity_becomes_a_list_and_nothing_else_changes():
    context = '{"platform": "\\u00e9", "contextActivities": {"parent": {"id": 1.0} , "other":[ {} ]}}'
    values = split_object(kept(f'{{"object":{{"id":"https://o"}},"context":{context}}}'))
    assert (
        values["context"]
        == b'{"platform":"\\u00e9","contextActivities":{"parent":[{"id": 1.0}],"other":[ {} ]}}'
    )


def test_the_context_of_a_substatement_is_treated_alike():
    inner = '{"objectType":"SubStatement","context":{"contextActivities":{"parent":{"id":"https://p"}}}}'
    values = parse_json(kept(f'{{"object":{inner}}}'))
    assert values["object"]["context"]["contextActivities"]["parent"] == [{"id": "https://p"}]


def test_an_id_is_put_first_and_the_rest_kept():
    given_id = with_id(sent(' \n{ "actor": 1.0}\n'), "abc")
    assert given_id.text == b'{"id":"abc","actor": 1.0}'
    assert given_id.payload == {"id": "abc", "actor": 1.0}


def test_new_ids_are_of_version_4_and_lower_case():
    sent = with_new_id(SentStatement({"actor": 1}, b'{"actor": 1}'))
    name = sent.statement_id
    assert (uuid.UUID(name).version, name) == (4, name.lower())


@pytest.mark.parametrize(
    ("ids", "repeated"),
    [([], []), (["a", "b"], []), (["a", "A", "b"], ["a"]), (["b", "b", "a", "a"], ["a", "b"])],
)
def test_repeated_ids_are_told_in_any_case(ids, repeated):
    assert repeated_ids(ids) == repeated


@pytest.mark.parametrize(
    ("rules", "kept_time"), [(XAPI_1_0_3, b"01:30:00+01:00"), (XAPI_2_0_0, b"00:30:00Z")]
)
def test_a_timestamp_is_brought_to_utc_where_the_version_says_so(rules, kept_time):
    timestamp = '"timestamp":"2020-01-01T01:30:00+01:00"'
    inner = f'{{"objectType":"SubStatement", "object":{{"id":"https://o"}},{timestamp}}}'
    values = split_object(kept(f'{{"object":{inner},{timestamp}}}', Origin({}, "key", rules)))
    times = [values["timestamp"], split_object(values["object"])["timestamp"]]
    assert times == [b'"2020-01-01T' + kept_time + b'"'] * 2


@pytest.mark.parametrize("text", ['{"id":"ABC","actor":1.0}', '{"actor":1.0}'])
def test_a_packed_statement_is_the_same_without_its_values(text):
    whole, packed = sent(text), sent(text).packed()
    assert packed.parsed is None
    assert packed.payload == whole.payload
    assert (packed.sent_id, packed.statement_id) == (whole.sent_id, whole.statement_id)


def test_a_packed_statement_that_gets_an_id_stays_packed():
    named = with_new_id(sent('{"actor":1.0}').packed())
    assert named.parsed is None
    assert named.payload == {"id": named.sent_id, "actor": 1.0}
