"""The fields of query parameters: what a text means, how another is refused, what the description says."""

from __future__ import annotations

from typing import Any

import pytest

from schemas import parameter_fields as asked
from schemas.errors import InvalidInputError
from schemas.payloads import Query
from schemas.values import Iri

UUID = "6690E6C9-3EF0-4ED3-8B37-7F3964730BEE"
AGENT = '{"mbox":"mailto:ada@example.org"}'


def _read(field: asked.Parameter, text: str) -> Any:
    query: Any = Query.from_dict({"x": field})(50, ("en", "de"))  # type: ignore[call-arg]
    return query.read([("x", text)])["x"]


@pytest.mark.parametrize(
    ("field", "text", "value"),
    [
        (asked.Parameter(), " A ", " A "),
        (asked.NamedText(), " SQL ", "sql"),
        (asked.SoughtText(), " ", ""),
        (asked.Alternatives(), "Video, article,video", ("video", "article")),
        (asked.Languages(), "de-AT,de,EN", ("de", "en")),
        (asked.Iri(), "https://example.org/X", "https://example.org/X"),
        (asked.Uuid(), UUID, UUID.lower()),
        (asked.Timestamp(), "1970-01-01T00:00:01Z", 10**6),
        (asked.Boolean(), "false", False),
        (asked.Word("a", "b"), "b", "b"),
        (asked.Whole(0), "9223372036854775807", 2**63 - 1),
        (asked.Whole(1, 3), "3", 3),
        (asked.Limit(10), "50", 50),
        (asked.Share(), ".5", 0.5),
        (asked.Token(), "x", "x"),
        (asked.AnswerLanguage(), "de-CH", "de"),
        (asked.Agent(), AGENT, {"mbox": "mailto:ada@example.org"}),
        (asked.Entered(Iri()), "a:b", "a:b"),
    ],
)
def test_a_text_means_a_value(field: asked.Parameter, text: str, value: Any) -> None:
    assert _read(field, text) == value


@pytest.mark.parametrize(
    ("field", "text", "said"),
    [
        (asked.NamedText(), " ", "is empty; send a value, or leave it out"),
        (asked.Alternatives(), "a,,b", "has an empty value; send one"),
        (asked.Iri(), "x", "is not an IRI; send one with a scheme"),
        (asked.Uuid(), "x", "is not a UUID; send one such as"),
        (asked.Timestamp(), "yesterday", "is refused"),
        (asked.Boolean(), "yes", "is not a Boolean; send true or false"),
        (asked.Word("a", "b"), "c", "is refused; send a or b"),
        (asked.Whole(1, 3), "9" * 5000, "send a whole number from 1 to 3"),
        (asked.Whole(1, 3), "\u0661", "send a whole number from 1 to 3"),
        (asked.Limit(10), "51", "send a whole number from 1 to 50"),
        (asked.Share(), "1.1", "send a number from 0 to 1"),
        (asked.Token(), "", 'ask for the address that came as "x"'),
        (asked.AnswerLanguage(), "nl", "is not a language of the reasons; send en, de"),
        (asked.AnswerLanguage(), "", "send en, de"),
        (asked.Agent(), "{}", "is not a JSON Agent or Identified Group"),
        (asked.Agent(), "\ud800", "is not UTF-8"),
        (asked.Entered(Iri()), "x", "is refused; send an IRI with a scheme"),
    ],
)
def test_another_text_is_refused_with_value_and_remedy(field: asked.Parameter, text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        _read(field, text)
    assert caught.value.message.startswith("parameter x=")
    assert said in caught.value.message
    assert caught.value.path.split(".")[0] == "x"


@pytest.mark.parametrize(
    ("field", "schema"),
    [
        (asked.Parameter(), {"type": "string"}),
        (asked.Boolean(), {"type": "boolean"}),
        (asked.Word("a", "b"), {"type": "string", "enum": ["a", "b"]}),
        (asked.Whole(0), {"type": "integer", "minimum": 0}),
        (asked.Whole(1, 3), {"type": "integer", "minimum": 1, "maximum": 3}),
        (asked.Share(), {"type": "number", "minimum": 0, "maximum": 1}),
        (asked.Agent(), {"$ref": "#/components/schemas/Agent"}),
    ],
)
def test_a_parameter_is_described(field: asked.Parameter, schema: Any) -> None:
    assert field.description() == schema


def test_bounds_that_a_query_sets_are_described() -> None:
    query: Any = Query.from_dict({"limit": asked.Limit(10), "in": asked.AnswerLanguage()})(5, ("en",))  # type: ignore[call-arg]
    assert query.fields["limit"].description() == {"type": "integer", "minimum": 1, "maximum": 5}
    assert query.fields["in"].description() == {"type": "string", "enum": ["en"]}
    assert query.read([]) == {"limit": 5}
