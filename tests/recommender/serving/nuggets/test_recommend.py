from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lrs.auth.stores import Store
from lrs.documents import Preconditions
from lrs.personas import find_personas
from lrs.storage.database import Database
from recommender.catalogue.editing import put_entry
from recommender.catalogue.encoder import find_encoder
from recommender.catalogue.meanings import refresh_meanings
from recommender.serving.context import Serving
from recommender.serving.nuggets.recommend import NuggetAnswer, recommend_nuggets
from schemas.recommendations import NuggetQuery

Act = Callable[..., dict[str, Any]]
Post = Callable[[list[dict[str, Any]]], None]
Sync = Callable[..., Any]
Text = Callable[[str], str]
EXTENSIONS = "https://learnerprise.org/xapi/extensions/"


def _items(answer: NuggetAnswer) -> list[str]:
    return [one.activity.rsplit("/", 1)[-1] for one in answer.recommendations]


@pytest.fixture
def ask(serving: Serving, store: Store, identifier: Text) -> Callable[..., NuggetAnswer]:
    return lambda name, limit=10, **more: recommend_nuggets(
        serving, store, NuggetQuery({}, identifier(name), limit, **more)
    )


Ask = Callable[..., NuggetAnswer]


@pytest.mark.usefixtures("trained")
def test_learners_get_nuggets_of_their_subject_that_they_do_not_know(
    ask: Ask, organisation: dict[str, list[str]]
) -> None:
    answer = ask("learner000", 5)
    assert answer.model == 1
    assert [one.rank for one in answer.recommendations] == [1, 2, 3, 4, 5]
    assert not set(_items(answer)) & set(organisation["learner000"])
    assert sum(item.startswith("s0") for item in _items(answer)) >= 3
    scores = [one.score for one in answer.recommendations]
    assert scores == sorted(scores, reverse=True)
    assert answer.recommendations[0].definition["name"]["en"].startswith("About")


@pytest.mark.usefixtures("trained")
def test_what_was_completed_a_second_ago_is_not_recommended(ask: Ask, act: Act, post: Post) -> None:
    best = _items(ask("learner000"))[0]
    post([act("learner000", "completed", best, 10_000)])
    assert best not in _items(ask("learner000", 100))


@pytest.mark.usefixtures("trained")
def test_voiding_the_completion_brings_the_nugget_back(ask: Ask, act: Act, post: Post, sync: Sync) -> None:
    best = _items(ask("learner000"))[0]
    done = act("learner000", "completed", best, 10_000)
    post([done])
    sync()
    assert best not in _items(ask("learner000", 100))
    post([act("learner000", "voided", {"objectType": "StatementRef", "id": done["id"]}, 10_001)])
    assert best in _items(ask("learner000", 100))
    sync()
    assert best in _items(ask("learner000", 100))


@pytest.mark.usefixtures("trained")
def test_disliked_nuggets_are_not_recommended(ask: Ask, act: Act, post: Post) -> None:
    best = _items(ask("learner000"))[0]
    post([act("learner000", "rated", best, 10_000, result={"score": {"scaled": 0.0}})])
    assert best not in _items(ask("learner000", 100))


@pytest.mark.usefixtures("trained")
def test_a_learner_never_seen_gets_popular_nuggets(ask: Ask) -> None:
    answer = ask("stranger")
    assert set(_items(answer)[:3]) == {"hit0", "hit1", "hit2"}
    assert answer.recommendations[0].reasons == ("You have not completed this yet",)  # nothing about others


@pytest.mark.usefixtures("trained")
@pytest.mark.parametrize("verb", ["completed", "experienced", "launched"])
def test_the_first_statement_changes_the_next_answer(ask: Ask, act: Act, post: Post, verb: str) -> None:
    before = _items(ask("newcomer", 5))
    post([act("newcomer", verb, "s3n1", 10_000)])
    after = _items(ask("newcomer", 5))
    assert sum(item.startswith("s3") for item in after) > sum(item.startswith("s3") for item in before)


@pytest.mark.usefixtures("trained")
def test_reasons_name_what_the_learner_really_did(ask: Ask, organisation: dict[str, list[str]]) -> None:
    known = {f'Because you completed "About {item}"' for item in organisation["learner000"]}
    answer = ask("learner000", 5)
    told = [
        reason for one in answer.recommendations for reason in one.reasons if reason.startswith("Because")
    ]
    assert told
    assert set(told) <= known
    assert all(1 <= len(one.reasons) <= 3 for one in answer.recommendations)


@pytest.mark.usefixtures("trained")
def test_names_are_in_the_language_of_the_learner(ask: Ask, act: Act, post: Post) -> None:
    post([act("anna", "completed", "s1n1", 10_000, context={"language": "ca-ES"})])
    assert "Perquè heu completat «Sobre s1n1»" in ask("anna", 1).recommendations[0].reasons
    assert 'Because you completed "About s1n1"' in ask("anna", 1, speaks="en").recommendations[0].reasons


def test_the_score_of_the_only_nugget_is_a_plain_zero(ask: Ask, act: Act, post: Post) -> None:
    post([act("anna", "completed", "s1n1", 10_000)])
    assert [str(one.score) for one in ask("ben").recommendations] == ["0.0"]


@pytest.mark.usefixtures("organisation")
def test_without_a_model_popular_nuggets_are_recommended(ask: Ask, act: Act, post: Post) -> None:
    answer = ask("learner000")
    assert answer.model is None
    assert answer.recommendations[0].reasons
    post([act("stranger", "completed", "hit0", 10_000)])
    assert "hit0" not in _items(ask("stranger", 100))


def test_an_empty_store_recommends_nothing(ask: Ask) -> None:
    answer = ask("anybody")
    assert (answer.model, answer.recommendations) == (None, ())


@pytest.mark.usefixtures("trained")
def test_a_learner_who_completed_everything_gets_an_empty_list(
    ask: Ask, act: Act, post: Post, organisation: dict[str, list[str]]
) -> None:
    items = sorted({item for taken in organisation.values() for item in taken})
    post([act("expert", "completed", item, 10_000) for item in items])
    assert ask("expert", 100).recommendations == ()


@pytest.mark.usefixtures("trained")
def test_a_corrupt_new_model_leaves_the_running_one_in_charge(
    ask: Ask, database: Database, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask("learner000").model == 1
    database.collection("current_models", store.id).update_one({"_id": store.id}, {"$set": {"version": 9}})
    assert ask("learner000").model == 1
    assert "model 9" in caplog.text


@pytest.mark.skipif(find_encoder() is None, reason="needs the extra semantic")
def test_of_a_nugget_and_its_translation_one_is_recommended_until_either_is_done(
    ask: Ask, act: Act, post: Post, sync: Sync, database: Database, store: Store, url: Text
) -> None:
    titles = {
        "de": "Brandschutz am Arbeitsplatz",
        "es": "Prevención de incendios en el trabajo",
        "en": "Soup",
    }
    for language, title in titles.items():
        values = {"title": {language: title}, "language": language}
        put_entry(database, store.id, "nuggets", url(f"nugget-{language}"), values, Preconditions())
    encoder = find_encoder()
    assert encoder is not None
    refresh_meanings(database, store.id, encoder)
    assert _items(ask("zoe")) == ["nugget-de", "nugget-en"]
    post(
        [
            act("zoe", "completed", {"objectType": "Activity", "id": url("nugget-de")}, 1),
            act("yan", "launched", {"objectType": "Activity", "id": url("nugget-es")}, 1),
        ]
    )
    sync()
    read = {"languages": ["de", "es", "en"]}
    names = [f"mbox|mailto:{name}@acme.example" for name in ("zoe", "yan")]
    for persona in find_personas(database, store.id, names).values():
        put_entry(database, store.id, "learners", str(persona), read, Preconditions())
    assert _items(ask("zoe")) == ["nugget-en"]
    assert sorted(_items(ask("yan"))) == ["nugget-en", "nugget-es"]  # what was begun stays
