from datetime import datetime, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import InvalidInputError
from schemas.timestamps import format_timestamp, in_utc, parse_timestamp


@pytest.mark.parametrize(
    ("text", "formatted"),
    [
        ("2026-01-02T03:04:05.678901Z", "2026-01-02T03:04:05.678901Z"),
        ("2026-01-02T03:04:05.6789019Z", "2026-01-02T03:04:05.678901Z"),
        ("2026-01-02T03:04:05", "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02 03:04:05z", "2026-01-02T03:04:05.000000Z"),
        ("2026-01-02t03:04Z", "2026-01-02T03:04:00.000000Z"),
        ("2026-01-02T00:30:00+01:00", "2026-01-01T23:30:00.000000Z"),
        ("2026-01-02T00:30:00-0530", "2026-01-02T06:00:00.000000Z"),
        ("2026-01-02T00:30:00+01", "2026-01-01T23:30:00.000000Z"),
        ("2026-01-02T00:30:00-00:30", "2026-01-02T01:00:00.000000Z"),
        ("2026-01-02T00:30:00+00:00", "2026-01-02T00:30:00.000000Z"),
        ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000000Z"),
        ("2000-02-29T00:00:00Z", "2000-02-29T00:00:00.000000Z"),
        ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000000Z"),
        ("2017-01-01T05:29:60+05:30", "2017-01-01T00:00:00.000000Z"),
        ("20260102T030405Z", "2026-01-02T03:04:05.000000Z"),
        ("20260102T0304", "2026-01-02T03:04:00.000000Z"),
        ("20260102t003000.25+0130", "2026-01-01T23:00:00.250000Z"),
        ("20240229T000000-05:00", "2024-02-29T05:00:00.000000Z"),
        ("20161231T235960Z", "2017-01-01T00:00:00.000000Z"),
        ("1969-12-31T23:59:59.9Z", "1969-12-31T23:59:59.900000Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
    ],
)
def test_timestamps_are_read(text, formatted):
    assert format_timestamp(parse_timestamp(text)) == formatted


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "2026-01-02",
            "20260102",
            "20260102 030405Z",
            "2026-1-2T03:04:05Z",
            "now",
            "2026-01-02T03:04:05Z\n",
        ),
        *(
            "2026-0102T030405Z",
            "20260102T03:04:05Z",
            "2026-01-02T030405Z",
            "20260229T000000Z",
            "20260102T030460Z",
        ),
        *("2026-W01-5T03:04:05Z", "2026-002T03:04:05Z", "20260102T03Z", "20260102T030405-0000"),
        *("2026-02-29T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-13-01T00:00:00Z"),
        *("2026-01-02T24:00:00Z", "2026-01-02T03:60:00Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:05.Z"),
        *("2026-01-02T03:04:05-00:00", "2026-01-02T03:04:05-0000", "2026-01-02T03:04:05-00"),
        *(
            "2026-01-02T03:04:05+24:00",
            "2026-01-02T03:04:05 01:00",
            "2026-01-02T03:04:60Z",
            "0000-01-01T00:00:00Z",
        ),
        *("0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00", "\uff12026-01-02T03:04:05Z"),
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidInputError, match="such as '2026-01-02") as caught:
        parse_timestamp(text)
    assert caught.value.code == "invalid_timestamp"


@given(st.datetimes(timezones=st.just(timezone.utc)))
def test_formatted_and_read_again_is_the_same_instant(moment: datetime):
    text = moment.isoformat()
    assert (
        format_timestamp(parse_timestamp(text))
        == moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
    )


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2020-01-02T03:04:05Z", "2020-01-02T03:04:05Z"),
        ("2020-01-02t03:04:05.1230z", "2020-01-02T03:04:05.1230Z"),
        ("2020-01-01 00:30:00,5+01:00", "2019-12-31T23:30:00.5Z"),
        ("2020-01-01T00:30", "2020-01-01T00:30:00Z"),
        ("2017-01-01T05:29:60.25+05:30", "2016-12-31T23:59:60.25Z"),
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
    ],
)
def test_in_utc_is_the_same_instant_with_all_digits(text, utc):
    assert in_utc(text) == utc
    assert parse_timestamp(utc) == parse_timestamp(text)
