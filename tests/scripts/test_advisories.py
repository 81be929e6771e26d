"""What is said of the advisories that are known, and of a service that could not be asked."""

import json

import pytest

from scripts.advisories import NOT_ASKED, judge

HARMLESS = {"name": "flask", "version": "3.1", "vulns": []}
WEAK = {"name": "old", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["2"]}]}
UNKNOWN = {"name": "own", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "said", "status"),
    [
        ([HARMLESS], "No advisory against any dependency.", 0),
        ([HARMLESS, WEAK], "old 1: PYSEC-1, mended in 2", 1),
        ([HARMLESS, UNKNOWN], "Not known to the advisory service: own.", 0),
        ([UNKNOWN], NOT_ASKED, 0),
    ],
)
def test_an_answer_is_told_in_lines(packages, said, status):
    assert judge(json.dumps({"dependencies": packages})) == ([said], status)


def test_a_service_that_could_not_be_asked_is_told_in_one_line():
    assert judge("") == ([NOT_ASKED], 0)
