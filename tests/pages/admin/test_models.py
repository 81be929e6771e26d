"""Model versions on a page: how good each is, and acts that are refused with a reason."""

import re

import pytest

from recommender.models.trained_model import FORMAT_VERSION
from recommender.storage import models
from recommender.storage.models import ModelManifest

PATH = "/admin/models"
ROW = {"recall": 0.3, "coverage": 0.4}


@pytest.fixture
def versions(database, store):
    """Two versions that were measured; the second is promoted. Neither has arrays, so that neither loads."""
    for ndcg in (0.2, 0.3):
        rows = [{"name": "Learnerprise", "ndcg": ndcg, **ROW}, {"name": "popularity", "ndcg": 0.1, **ROW}]
        manifest = ModelManifest(
            0, 1_800_000_000_000_000, FORMAT_VERSION, {"seed": 1}, {}, {"learners": 50, "rows": rows}
        )
        version = models.reserve_version(database, store.id, manifest)
        models.mark_ready(database, store.id, version, {"items": "0" * 64})
    models.replace_promotions(database, store.id, [], [1, 2])


def test_the_heading_says_which_version_answers_and_how_good_it_is(admin, versions):
    page = admin.get(PATH)
    assert "<h1>Version 2 answers, 3 times as good as popularity</h1>" in page.text
    assert "<svg" in page.text
    assert "Beside the baselines" in page.text
    assert re.findall(r'<option value="(\d)" selected>', page.text) == ["2", "1"]
    rows = admin.get(f"{PATH}.json").json()["rows"]
    assert [(row["version"], row["ndcg"], row["promoted"]) for row in rows] == [(2, 0.3, "yes"), (1, 0.2, "")]


def test_without_a_model_the_page_says_how_to_train_one(admin, store):
    page = admin.get(PATH)
    assert "No model yet: popularity answers" in page.text
    assert f"learnerprise retrain {store.name}" in page.text


@pytest.mark.parametrize(
    ("act", "sent", "status"),
    [
        ("promote", {"version": "9"}, 404),
        ("promote", {"version": "one"}, 400),
        ("promote", {"version": "9" * 5000}, 400),
        ("split", {"first": "1", "second": "1", "share": "50"}, 400),
        ("split", {"first": "1", "second": "2", "share": "100"}, 400),
        ("end", {"winner": ""}, 404),
    ],
)
def test_what_cannot_be_done_is_told_and_changes_nothing(admin, versions, database, store, act, sent, status):
    answer = admin.post(f"{PATH}/{act}", sent)
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert models.find_promotions(database, store.id) == [1, 2]


def test_a_version_that_does_not_load_is_not_promoted(admin, versions, database, store):
    answer = admin.post(f"{PATH}/promote", {"version": "1"})
    assert "roll back to another version or train again" in answer.text
    assert models.find_promotions(database, store.id) == [1, 2]


def test_the_versions_of_another_store_are_out_of_reach(sign_in, other_store, versions):
    stranger = sign_in("admin", of=other_store)
    assert "No model yet" in stranger.get(PATH).text
    assert stranger.post(f"{PATH}/promote", {"version": "1"}).status_code == 404
    assert not re.search(r"Version 2", stranger.get(PATH).text)
