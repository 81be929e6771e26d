"""The language of several that a reader wants."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from lrs.statements.languages import accepted_language, best_language


def accepted(header):
    return list(parse_accept_header(header, LanguageAccept))


@pytest.mark.parametrize(
    ("header", "languages", "expected"),
    [
        ("en,fr;q=0.9", "de en-GB fr", "en-GB"),
        ("en;q=0.9,de;q=0.8", "de en-GB fr", "en-GB"),
        ("*;q=0.1,en", "de en-GB fr", "en-GB"),
        ("en-US,en;q=0.9,de;q=0.8", "de en", "en"),
        ("en-US,de;q=0.9", "de en", "en"),
        ("en-US,de;q=0.9", "de en-GB", "de"),
        ("zh-Hant-TW", "en zh zh-Hant", "zh-Hant"),
        ("zh-Hant", "zh-Hans zh-Hant-TW", "zh-Hant-TW"),
        ("EN-gb", "fr en-GB", "en-GB"),
        ("en", "en-GB en", "en"),
        ("en", "en-GB en-US", "en-GB"),
        ("eng", "fr en", "fr"),
        ("fr;q=0.5,de;q=0.5", "de fr", "fr"),
        ("fr;q=0.2,*;q=0.5", "fr de", "de"),
        ("en;q=0,*", "en de", "de"),
        ("en;q=0", "en de", "de"),
        ("en-GB;q=0,en", "en-GB en-US", "en-US"),
        ("en,en-GB;q=0.1,fr;q=0.5", "en-GB fr", "fr"),
        ("en-US;q=0,de;q=0.1", "en de", "de"),
        ("de;q=0,en;q=0", "de en", "de"),
        ("ja", "de en", "de"),
        ("", "de en", "de"),
        ("und", "en und", "und"),
        ("x-klingon,en;q=0.1", "en x-klingon", "x-klingon"),
        ("i-default,en;q=0.1", "en i-default", "i-default"),
    ],
)
def test_the_best_quality_wins_and_ranges_match_by_prefix_both_ways(header, languages, expected):
    assert best_language(accepted(header), languages.split()) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [("en-GB", "en"), ("ca;q=0.1,es", "es"), ("*", None), ("ja,*;q=0.5", None), ("de;q=0", None), ("", None)],
)
def test_only_a_language_asked_for_by_name_is_accepted(header, expected):
    assert accepted_language(accepted(header), ["en", "ca", "es", "de"]) == expected


RANGES = st.lists(
    st.tuples(st.sampled_from(["en", "en-GB", "de", "de-CH-1996", "*"]), st.sampled_from([0.0, 0.3, 1.0]))
)


LANGUAGES = st.lists(st.sampled_from(["en", "en-US", "en-GB", "de", "de-CH"]), min_size=1, unique=True)


@given(RANGES, LANGUAGES)
def test_of_languages_named_once_none_is_named_with_a_better_quality(ranges, languages):
    named = {name: [q for text, q in ranges if text == name] for name in languages}
    found = named[best_language(ranges, languages)]
    best = max((qualities[0] for qualities in named.values() if len(qualities) == 1), default=0)
    assert not (len(found) == 1 and found[0] < best)
