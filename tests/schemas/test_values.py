"""The fields of what people enter: what is kept of a value, and how another is refused."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from schemas.breaches import Breach
from schemas.values import (
    AgentText,
    ByLanguage,
    Duration,
    Flag,
    Iri,
    Language,
    LanguageTag,
    Levels,
    Moment,
    Number,
    Several,
    Text,
    Value,
    Whole,
    Word,
)

LEVELS = Levels(Text(plain=True), (1, 3), 2)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("2027-01-01", "2027-01-02T00:00:00.000000Z"),
        ("2027-01-01T12:00:00+02:00", "2027-01-01T10:00:00.000000Z"),
        ("9999-12-31", "9999-12-31T00:00:00.000000Z"),
    ],
)
def test_a_date_lasts_until_its_end(sent: str, kept: str) -> None:
    assert Moment().deserialize(sent) == kept


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        (Text(), " Data Academy ", "Data Academy"),
        (Text(plain=True), " SQL ", "sql"),
        (Language(), "pt-BR", "pt"),
        (LanguageTag(), "pt-BR", "pt-BR"),
        (Duration(), "PT45M", "PT45M"),
        (Word("a", "b"), "b", "b"),
        (Flag(), False, False),
        (Whole(1, 3), 3, 3),
        (Number(0, 1), 1, 1.0),
        (Several(Text(plain=True), 5), ["B", "a ", "b"], ["b", "a"]),
        (ByLanguage(9, 2), {"en": " Joins "}, {"en": "Joins"}),
        (LEVELS, {"SQL": 2}, {"sql": 2}),
        (AgentText(), "ann@Acme.example", "mbox|mailto:ann@acme.example"),
        (AgentText(), "mailto:ann@acme.example", "mbox|mailto:ann@acme.example"),
        (
            AgentText(),
            '{"account":{"homePage":"https://a.b","name":"x"}}',
            "account|11|https://a.b|x",
        ),
    ],
)
def test_what_fits_is_kept(field: Value, sent: Any, kept: Any) -> None:
    assert field.deserialize(sent) == kept


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        (Moment(), "2027-02-30", '"2027-02-30" is refused: must be a date'),
        (Moment(), "tomorrow", "a date"),
        (Moment(), 20270101, "a date"),
        (Text(3), "four", '"four" is refused: must be a text of 1 to 3 characters'),
        (Text(), "  ", '"  " is refused'),
        (Text(), "nul\x00", "a text"),
        (Text(), 7, "7 is refused"),
        (Text(), None, "null is refused"),
        (Iri(), "no iri", "an IRI with a scheme"),
        (Iri(), "https://a.example/" + "x" * 2000, "an IRI with a scheme"),
        (Iri(), b"https://a.example", "an IRI with a scheme"),
        (Duration(), "1h", "an ISO 8601 duration"),
        (Word("a", "b"), "c", '"c" is refused: must be "a" or "b"'),
        (Word("a", "b"), ["a"], '"a" or "b"'),
        (Flag(), "true", "true or false"),
        (Flag(), 1, "true or false"),
        (Whole(1, 3), True, "true is refused: must be a whole number from 1 to 3"),
        (Whole(1, 3), 4, "4 is refused"),
        (Whole(1, 3), "2", '"2" is refused'),
        (Whole(1, 3), 2.0, "2.0 is refused"),
        (Number(0, 1), "0.5", "a number from 0 to 1"),
        (Number(0, 1), True, "a number from 0 to 1"),
        (Number(0, 1), 2, "2 is refused"),
        (Several(Text(), 2), "abc", "must be a list"),
        (Several(Text(), 2), {"a": "b"}, "must be a list"),
        (Several(Text(), 2), ["a", "b", "c"], "3 values are too many: send at most 2"),
        (Several(Text(), 2), ["a", 7], "7 is refused"),
        (ByLanguage(9, 1), {"en": "b", "de": "d"}, "2 values are too many: send at most 1"),
        (ByLanguage(9, 1), ["a"], "must be an object"),
        (ByLanguage(9, 1), {"no tag": "b"}, '"no tag" is refused: must be a language tag'),
        (LEVELS, {"sql": 9}, "9 is refused: must be a whole number from 1 to 3"),
        (AgentText(), "ann", "a mail address"),
        (AgentText(), "{}", "a mail address"),
        (AgentText(), "\ud800", "a mail address"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_must_be_sent(field: Value, value: Any, said: str) -> None:
    with pytest.raises(ValidationError) as caught:
        field.deserialize(value)
    messages = str(caught.value.messages)
    assert said in messages.replace("\\x00", "\x00").replace("\\'", "'")


def test_a_refusal_cites_where_the_form_is_written() -> None:
    with pytest.raises(ValidationError) as caught:
        Duration().deserialize("1h")
    [breach] = caught.value.messages
    assert isinstance(breach, Breach)
    assert breach.rule == "ISO 8601"
