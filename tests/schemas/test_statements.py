import pytest

from schemas.versions import XAPI_1_0_3, XAPI_2_0_0
from schemas.vocabulary import VOIDED

UUID = "6690e6c9-3ef0-4ed3-8b37-7f3964730bee"
REFERENCE = {"objectType": "StatementRef", "id": UUID}
ATTACHMENT = {
    "usageType": "https://example.org/usage",
    "display": {"en": "File"},
    "contentType": "text/plain; charset=utf-8",
    "length": 27,
    "sha2": "495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848A",
}


@pytest.fixture
def with_sub_statement(make_statement):
    return lambda **parts: make_statement(object={"objectType": "SubStatement", **make_statement(), **parts})


@pytest.mark.parametrize(
    "properties",
    [
        {
            "id": UUID.upper(),
            "stored": "2020-01-01T00:00:00Z",
            "version": "1.0.3",
            "timestamp": "2020-01-01T00:00:00",
        },
        {"object": {"objectType": "Agent", "mbox": "mailto:bob@example.org"}},
        {"object": {"objectType": "Group", "member": [{"mbox": "mailto:bob@example.org"}]}},
        {"object": REFERENCE, "verb": {"id": VOIDED}},
        {"attachments": []},
        {"attachments": [ATTACHMENT, {**ATTACHMENT, "fileUrl": "https://example.org/f", "length": 0}]},
        {"timestamp": "2016-12-31T23:59:60Z"},
    ],
)
def test_statements_are_accepted(make_statement, is_valid, properties, rules):
    assert is_valid(make_statement(**properties), rules)


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        ({"id": "x"}, "id"),
        ({"id": UUID.replace("-8b37", "-gb37")}, "id"),
        ({"id": None}, "id"),
        ({"extra": 1}, "extra"),
        ({"Result": {}}, "Result"),
        ({"verb": {}}, "verb.id"),
        ({"verb": {"id": VOIDED}}, "object"),
        ({"object": {"mbox": "mailto:bob@example.org"}}, "object.mbox"),
        ({"object": {"objectType": "Activities", "id": "a:b"}}, "object.objectType"),
        ({"stored": "yesterday"}, "stored"),
        ({"timestamp": "2023-02-29T00:00:00Z"}, "timestamp"),
        ({"timestamp": "2016-12-30T23:59:60Z"}, "timestamp"),
        ({"timestamp": "2020-01-01T00:00:00-00:00"}, "timestamp"),
        ({"timestamp": 5}, "timestamp"),
        ({"attachments": ATTACHMENT}, "attachments"),
        ({"attachments": [{**ATTACHMENT, "length": "27"}]}, "attachments[0].length"),
        ({"attachments": [{**ATTACHMENT, "length": 2.5}]}, "attachments[0].length"),
        ({"attachments": [{**ATTACHMENT, "sha2": "xyz"}]}, "attachments[0].sha2"),
        ({"attachments": [{**ATTACHMENT, "contentType": "text"}]}, "attachments[0].contentType"),
        ({"attachments": [ATTACHMENT, {**ATTACHMENT, "fileUrl": "f"}]}, "attachments[1].fileUrl"),
    ],
)
def test_a_wrong_statement_is_refused_at_its_path(make_statement, refusal_of, properties, path, rules):
    error = refusal_of(make_statement(**properties), rules, "[3]")
    assert error.path == f"[3].{path}"
    assert error.rule.startswith("xAPI 1.0.3 Data 2.") or error.rule == "xAPI 1.0.3 Data 4.5"


@pytest.mark.parametrize("name", ["actor", "verb", "object"])
def test_actor_verb_and_object_are_required(make_statement, refusal_of, name):
    statement = make_statement()
    del statement[name]
    error = refusal_of(statement)
    assert (error.path, error.message.startswith("is required")) == (name, True)


@pytest.mark.parametrize("value", [None, [], "x", 1, True])
def test_what_is_no_object_is_no_statement(refusal_of, value):
    assert refusal_of(value, path="[0]").path == "[0]"


def test_a_mis_cased_property_is_told_the_right_one(make_statement, refusal_of):
    assert "did you mean 'actor'" in refusal_of(make_statement(Actor={})).message


@pytest.mark.parametrize(
    ("version", "in_1", "in_2"),
    [
        ("1.0", True, True),
        ("1.0.0", True, True),
        ("1.0.9", True, True),
        ("2.0.0", False, True),
        ("2.0.17", False, True),
        ("1.1.0", False, False),
        ("0.9.9", False, False),
        ("2.1.0", False, False),
        ("1.0.x", False, False),
        (1.0, False, False),
    ],
)
def test_version_of_a_statement(make_statement, is_valid, version, in_1, in_2):
    verdicts = [is_valid(make_statement(version=version), rules) for rules in (XAPI_1_0_3, XAPI_2_0_0)]
    assert verdicts == [in_1, in_2]


def test_a_sub_statement_is_accepted(with_sub_statement, is_valid, rules):
    assert is_valid(with_sub_statement(result={}, context={}, timestamp="2020-01-01T00:00:00Z"), rules)


@pytest.mark.parametrize("name", ["id", "stored", "version", "authority"])
def test_a_sub_statement_has_no_identity(with_sub_statement, refusal_of, name):
    assert refusal_of(with_sub_statement(**{name: "x"})).path == f"object.{name}"


def test_a_sub_statement_holds_no_other(with_sub_statement, refusal_of):
    assert (
        refusal_of(with_sub_statement(object={"objectType": "SubStatement"})).path
        == "object.object.objectType"
    )
