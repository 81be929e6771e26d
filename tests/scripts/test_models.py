"""What `learnerprise models list` says of a version."""

from __future__ import annotations

import pytest

from recommender.storage.models import ModelManifest
from scripts.models import _row


@pytest.mark.parametrize(
    ("facts", "promoted", "ndcg", "remarks"),
    [
        ({}, False, "0.1500", ""),
        ({}, True, "0.1500", "promoted"),
        (
            {"refresh": {"of": 3, "ndcg": 0.2}},
            True,
            "0.2000",
            "refresh of 3, measured on what was new; promoted",
        ),
    ],
)
def test_a_version_shows_its_own_measurement(
    facts: dict[str, object], promoted: bool, ndcg: str, remarks: str
) -> None:
    """That of a refresh stands beside another's evaluation, which it has from the version it goes on from."""
    evaluation = {"rows": [{"name": "Learnerprise", "ndcg": 0.15}]}
    row = _row(ModelManifest(4, 0, 3, {}, facts, evaluation), promoted)
    assert (row[0], row[2], row[-1]) == ("4", ndcg, remarks)
