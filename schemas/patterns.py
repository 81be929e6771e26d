"""The text formats of xAPI as regular expressions with one meaning in Python and in Rust.

Only explicit character classes, no look-around and no flags, so that `re.fullmatch` here and
the linear-time engine of the compiled validator give the same verdict.
"""

import re
from functools import cache

_HEX = "[0-9a-fA-F]"
_ALNUM = "[A-Za-z0-9]"
# RFC 3987: neither controls nor the delimiters < > " { } | \ ^ ` nor space.
_NOT_IRI = r"\x00-\x20\x7f-\x9f<>\"{}|\\\^`"

IRI = rf"[A-Za-z][A-Za-z0-9+.\-]*:[^{_NOT_IRI}]+"
MAILTO = rf"mailto:[^{_NOT_IRI}?#,]+@[^{_NOT_IRI}@?#,;/]+"
SHA1 = f"{_HEX}{{40}}"
# Typed as a plain string by xAPI 1.0.3 Data 2.4.11: the length is judged with the attachment itself.
SHA2 = f"{_HEX}*"
# RFC 4122 only recommends a variant and a version: SQL Server's and the nil UUID have neither.
UUID = f"{_HEX}{{8}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{4}}-{_HEX}{{12}}"
_TOKEN = r"[!#$%&'*+.\^_`|~0-9A-Za-z\-]+"
MEDIA_TYPE = rf"{_TOKEN}/{_TOKEN}(?:[ \t]*;[^\x00-\x08\x0a-\x1f\x7f]*)?"


def _any_case(text: str) -> str:
    return "".join(f"[{c.lower()}{c.upper()}]" if c.isalpha() else c for c in text)


_IRREGULAR = (
    *("en-gb-oed", "i-ami", "i-bnn", "i-default", "i-enochian", "i-hak", "i-klingon", "i-lux", "i-mingo"),
    *("i-navajo", "i-pwn", "i-tao", "i-tay", "i-tsu", "sgn-be-fr", "sgn-be-nl", "sgn-ch-de"),
)
_PRIVATE_USE = f"[xX](?:-{_ALNUM}{{1,8}})+"
_LANGUAGE = "(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4,8})"
_SCRIPT_REGION = "(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
_VARIANTS = f"(?:-(?:{_ALNUM}{{5,8}}|[0-9]{_ALNUM}{{3}}))*"
_EXTENSIONS = f"(?:-[0-9A-WY-Za-wy-z](?:-{_ALNUM}{{2,8}})+)*"
LANGUAGE_TAG = "|".join(
    [
        f"{_LANGUAGE}{_SCRIPT_REGION}{_VARIANTS}{_EXTENSIONS}(?:-{_PRIVATE_USE})?",
        _PRIVATE_USE,
        *map(_any_case, _IRREGULAR),
    ]
)


def _durations() -> str:
    """Only the last unit may have decimals; at least one unit after P, and one after T."""
    whole, last = "[0-9]+", r"[0-9]+(?:[.,][0-9]+)?"
    dates = "".join(f"(?:{whole}{unit})?" for unit in "YMD")
    forms = [f"P{last}W"]
    for prefix, units in (("P", "YMD"), (f"P{dates}T", "HMS")):
        for index, unit in enumerate(units):
            before = "".join(f"(?:{whole}{earlier})?" for earlier in units[:index])
            forms.append(f"{prefix}{before}{last}{unit}")
    return "|".join(forms)


DURATION = _durations()

_YEAR = "(?:[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000)"
_LEAP_YEAR = "(?:[0-9]{2}(?:0[48]|[2468][048]|[13579][26])|(?:0[48]|[2468][048]|[13579][26])00)"


def _month_day(dash: str) -> str:
    return (
        f"(?:(?:0[13578]|1[02]){dash}(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11){dash}(?:0[1-9]|[12][0-9]|30)"
        f"|02{dash}(?:0[1-9]|1[0-9]|2[0-8]))"
    )


def _clock(colon: str) -> str:
    return f"(?:[01][0-9]|2[0-3]){colon}[0-5][0-9](?:{colon}(?:[0-5][0-9]|60)(?:[.,][0-9]+)?)?"


_OFFSET = (
    r"(?:[Zz]|\+(?:[01][0-9]|2[0-3])(?::?[0-5][0-9])?|-(?:0[1-9]|1[0-9]|2[0-3])(?::?[0-5][0-9])?"
    r"|-00:?(?:0[1-9]|[1-5][0-9]))"
)
TIMESTAMP = f"(?:{_YEAR}-{_month_day('-')}|{_LEAP_YEAR}-02-29)[Tt ]{_clock(':')}{_OFFSET}?"
# ISO 8601 has a basic format too, without separators; RFC 3339 has not.
ISO_TIMESTAMP = f"{TIMESTAMP}|(?:{_YEAR}{_month_day('')}|{_LEAP_YEAR}0229)[Tt]{_clock('')}{_OFFSET}?"


def anchored(pattern: str) -> str:
    """Return the pattern as JSON Schema needs it: matching the whole text."""
    return f"^(?:{pattern})$"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def matches(pattern: str, text: str) -> bool:
    """Return whether the whole text has this format."""
    return _compiled(pattern).fullmatch(text) is not None
