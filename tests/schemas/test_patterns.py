import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas import patterns

NAMES = [
    "IRI",
    "MAILTO",
    "SHA1",
    "SHA2",
    "UUID",
    "MEDIA_TYPE",
    "LANGUAGE_TAG",
    "DURATION",
    "TIMESTAMP",
    "ISO_TIMESTAMP",
]
PATTERNS = [getattr(patterns, name) for name in NAMES]
IN_RUST = {
    pattern: jsonschema_rs.Draft202012Validator(
        {"pattern": patterns.anchored(pattern)}, pattern_options=jsonschema_rs.RegexOptions()
    )
    for pattern in PATTERNS
}


@given(st.data(), st.sampled_from(PATTERNS))
def test_python_and_rust_read_a_pattern_alike(data, pattern):
    matching = data.draw(st.from_regex(pattern, fullmatch=True))
    edited = data.draw(st.sampled_from(["", "\n", " ", "x", "\x85", "\u2028", "\u0665"]))
    position = data.draw(st.integers(0, len(matching)))
    text = matching[:position] + edited + matching[position:]
    assert patterns.matches(pattern, matching) and IN_RUST[pattern].is_valid(matching)
    assert patterns.matches(pattern, text) == IN_RUST[pattern].is_valid(text)


@pytest.mark.parametrize(
    "tag",
    [
        "en",
        "EN-us",
        "zh-cmn-Hans-CN",
        "de-CH-1901",
        "es-419",
        "x-own-tag",
        "i-KLINGON",
        "en-a-bbb-x-a",
        "sgn-BE-FR",
        "qaa",
    ],
)
def test_language_tags_are_known(tag):
    assert patterns.matches(patterns.LANGUAGE_TAG, tag)


@pytest.mark.parametrize(
    "tag", ["", "e", "a12345678", "en_US", "en-", "-en", "en--US", "x", "abcdefghi", "en-US-x"]
)
def test_other_tags_are_not(tag):
    assert not patterns.matches(patterns.LANGUAGE_TAG, tag)
