from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp

from recommender.catalogue.labels import Labels
from recommender.catalogue.nuggets import Nugget
from recommender.config import TrainingSettings
from recommender.dataset.dataset import Dataset
from recommender.models.assembly import train
from recommender.models.trained_model import TrainedModel
from recommender.serving.nuggets.contributions import Contribution
from recommender.serving.nuggets.explanations import (
    Explainer,
    Reader,
    because,
    display_title,
    reader_language,
)
from recommender.serving.nuggets.scores import Scores
from recommender.serving.nuggets.skill_gaps import Want
from recommender.serving.state.catalogue import CatalogueSnapshot
from recommender.storage.user_features import UserFeatures
from recommender.vocabulary.extensions import skill_name

TRAITS = UserFeatures("red", "Red Team", "Analyst", ("python", "sql"), "de-AT")
READER = Reader("en", TRAITS)
POPULAR = "Popular with learners in your organisation"
ALIKE = "Learners with a history like yours took this"
LANGUAGES = {"b": "de", "c": "fr"}
Explain = Callable[..., tuple[str, ...]]


def _teaching(**skills: list[str]) -> dict[str, Nugget]:
    return {
        item: Nugget(item, language=LANGUAGES.get(item, ""), skills=tuple(taught))
        for item, taught in (dict.fromkeys(LANGUAGES, ()) | skills).items()
    }


@pytest.fixture
def model(make_dataset: Callable[..., Dataset], quick: TrainingSettings) -> TrainedModel:
    """Five of the red team took a, b and d; two of the blue one and three others c and e, one of them also b."""
    taken = {one: ["a", "b", "d"] for one in "rsuvw"} | {one: ["c", "e"] for one in "mnxz"}
    taken |= {"y": ["b", "c", "e"]}
    features = {
        **dict.fromkeys("rsuvw", TRAITS),
        **dict.fromkeys("xy", UserFeatures("blue", "Blue", "Tester")),
    }
    return train(make_dataset(taken, features), quick)


@pytest.fixture
def explainer(
    model: TrainedModel, make_snapshot: Callable[..., CatalogueSnapshot]
) -> Callable[..., Explainer]:
    """Make what explains scores of these contributions (kind, name, value) to a learner of the red team."""

    def make(
        *contributions: tuple[str, str, float],
        nuggets: Mapping[str, Nugget] | None = None,
        reader: Reader = READER,
    ) -> Explainer:
        made = tuple(Contribution(kind, name, value, "completed") for kind, name, value in contributions)
        past = tuple(name for kind, name, _ in contributions if kind == "history")
        scores = Scores(np.zeros(5), np.zeros(16), past, lambda items: [made for _ in items])
        return Explainer(make_snapshot(model, nuggets or _teaching()), scores, reader)

    return make


@pytest.fixture
def explain(model: TrainedModel, explainer: Callable[..., Explainer]) -> Explain:
    """Explain one nugget."""
    return lambda item, *contributions, **more: explainer(*contributions, **more).explain(
        [model.item_index[item]]
    )[0]


def test_the_term_that_adds_most_comes_first(explain: Explain) -> None:
    reasons = explain("b", ("popularity", "", 1.0), ("history", "c", 2.0))
    assert reasons == ('Because you completed "c"', POPULAR)


def test_terms_that_add_little_or_take_away_are_left_out(explain: Explain) -> None:
    reasons = explain("b", ("history", "c", 2.0), ("history", "a", 0.1), ("popularity", "", -1.0))
    assert reasons == ('Because you completed "c"',)


def test_a_small_contribution_is_the_reason_if_no_larger_one_can_be_said(explain: Explain) -> None:
    assert explain("b", ("side", "team:blue", 2.0), ("popularity", "", 0.1)) == (POPULAR,)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("team:red", "Popular in your team: Red Team"),
        ("role:analyst", "Popular with people in your role: Analyst"),
        ("skill:python", "Matches your skill: python"),
        ("skill:sql", "Popular with people who know sql"),
        ("everyone", POPULAR),
    ],
)
def test_side_features_are_put_into_words(explain: Explain, name: str, reason: str) -> None:
    assert explain("b", ("side", name, 1.0), nuggets=_teaching(b=["python"])) == (reason,)


def test_a_language_is_never_the_first_reason(explain: Explain) -> None:
    reasons = explain("b", ("side", "language:de-at", 1.0), nuggets=_teaching(b=["python"]))
    assert reasons == ("Taken by 5 learners in your organisation", "In a language you read: German")


@pytest.mark.parametrize(
    ("item", "kind", "name"),
    [
        ("b", "side", "team:blue"),
        ("c", "side", "team:blue"),
        ("c", "side", "role:tester"),
        ("c", "side", "skill:sql"),
        ("c", "side", "skill:never-seen"),
        ("c", "segment", "team:red"),
        ("c", "side", "language:de"),
        ("a", "side", "language:de"),
    ],
)
def test_nothing_is_claimed_of_fewer_than_five_or_of_another_language(
    explain: Explain, item: str, kind: str, name: str
) -> None:
    (reason,) = explain(item, (kind, name, 1.0))
    assert reason.startswith("Taken by ")


@pytest.mark.parametrize(
    ("learners", "reason"),
    [
        ([], "You have not completed this yet"),
        ([*"rsuv"], "You have not completed this yet"),
        ([*"rsuvwxy"], "Taken by 5 learners in your organisation"),
    ],
)
def test_without_any_other_reason_learners_are_counted(
    model: TrainedModel, make_snapshot: Callable[..., CatalogueSnapshot], learners: list[str], reason: str
) -> None:
    position = model.item_index["c"]
    known = model.known.tolil()
    known[:, position] = np.array([[user in learners] for user in model.users], dtype=np.uint8)
    changed = replace(model, known=known.tocsr())
    bare = Scores(np.zeros(5), np.zeros(16), (), lambda items: [(Contribution("side", "team:blue", 1.0),)])
    assert Explainer(make_snapshot(changed), bare, READER).explain([position])[0] == (reason,)


@pytest.mark.parametrize(
    ("acts", "reason"),
    [
        ({"c": "begun"}, "You have begun this"),
        ({"c": "enrolled"}, "You have signed up for this"),
        ({"c": "assigned"}, "This was assigned to you"),
        ({"c": "later"}, "You left this for later"),
        ({}, "Taken by 5 learners in your organisation"),
    ],
)
def test_a_nugget_is_explained_by_what_the_learner_did_with_it(
    model: TrainedModel, make_snapshot: Callable[..., CatalogueSnapshot], acts: dict[str, str], reason: str
) -> None:
    own = Contribution("history", "c", 1.0, "viewed")
    scores = Scores(np.zeros(5), np.zeros(16), ("c",), lambda items: [(own,)])
    answer = Explainer(make_snapshot(model), scores, replace(READER, acts=acts))
    assert answer.explain([model.item_index["c"]]) == [(reason,)]


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (0, "You have not completed this yet"),
        (4, "You have not completed this yet"),
        (7, "Taken by 5 learners in your organisation"),
    ],
)
def test_learners_are_counted_as_of_now_where_that_is_known(
    model: TrainedModel, make_snapshot: Callable[..., CatalogueSnapshot], now: int, reason: str
) -> None:
    bare = Scores(np.zeros(5), np.zeros(16), (), lambda items: [()])
    answer = Explainer(make_snapshot(model), bare, READER, lambda activity: now).explain([0])
    assert answer == [(reason,)]


def test_without_a_model_few_learners_are_counted_again_before_anything_is_called_popular(
    model: TrainedModel, make_snapshot: Callable[..., CatalogueSnapshot]
) -> None:
    bare = Scores(np.zeros(5), np.zeros(16), (), lambda items: [(Contribution("popularity", "", 1.0),)])
    snapshot = replace(make_snapshot(model), model=None, learner_counts=np.full(5, 5))
    answers = [
        Explainer(snapshot, bare, READER, lambda activity, now=now: now).explain([0]) for now in (4, 5)
    ]
    assert answers == [[("You have not completed this yet",)], [(POPULAR,)]]


def test_an_act_is_the_cause_where_both_teach_the_same(explain: Explain) -> None:
    nuggets = _teaching(a=["sql", "python"], b=["sql"])
    assert explain("b", ("history", "a", 1.0), nuggets=nuggets) == ('Because you completed "a"',)


@pytest.mark.parametrize("nuggets", [_teaching(a=["sql"], b=["docker"]), _teaching(b=["docker"])])
def test_a_nugget_with_other_skills_is_explained_as_taken_together(
    explain: Explain, nuggets: dict[str, Nugget]
) -> None:
    reasons = explain("b", ("history", "a", 1.0), nuggets=nuggets)
    assert reasons == ('Learners who took "a" also took this',)


def test_what_few_took_together_is_not_cited(explain: Explain) -> None:
    nuggets = _teaching(c=["sql"], b=["docker"])
    assert explain("b", ("history", "c", 1.0), ("popularity", "", 0.5), nuggets=nuggets) == (POPULAR,)


def test_no_sentence_is_said_twice_where_another_one_is_true(
    model: TrainedModel, explainer: Callable[..., Explainer]
) -> None:
    answer = explainer(("history", "a", 2.0), ("side", "team:blue", 0.9), ("history", "d", 0.1))
    reasons = answer.explain([model.item_index["b"]] * 4)
    firsts = ['Because you completed "a"', 'Because you completed "d"', ALIKE]
    assert reasons == [(one,) for one in (*firsts, "Taken by 5 learners in your organisation")]


def test_what_is_taught_is_said_before_anything_is_repeated_and_no_act_is_cited_again(
    model: TrainedModel, explainer: Callable[..., Explainer]
) -> None:
    answer = explainer(("popularity", "", 1.0), nuggets=_teaching(b=["sql"]))
    taken = "Taken by 5 learners in your organisation"
    expected = [(POPULAR,), (taken,), ("Teaches sql",), (POPULAR,)]
    assert answer.explain([model.item_index["b"]] * 4) == expected
    cited = explainer(("history", "a", 1.0)).explain([model.item_index["b"]] * 4)
    assert cited == [('Because you completed "a"',), (taken,), (taken,), (taken,)]


def test_what_was_begun_and_the_goal_it_leads_to_are_always_said(
    model: TrainedModel, explainer: Callable[..., Explainer]
) -> None:
    wants = {"sql": Want("sql", 3, goal="sql")}
    reader = replace(READER, wants=wants, acts={"b": "begun", "c": "begun"})
    answer = explainer(("popularity", "", 1.0), nuggets=_teaching(b=["sql"]), reader=reader)
    goal = "Teaches sql, one of your goals"
    reasons = answer.explain([model.item_index[one] for one in ("b", "c")])
    assert reasons == [("You have begun this", goal), (POPULAR, "You have begun this")]


@pytest.mark.parametrize(
    ("verb", "text"),
    [
        ("listened", 'Because you listened to "X"'),
        ("read", 'Because you read "X"'),
        ("watched", 'Because you watched "X"'),
        ("viewed", 'Because you looked at "X"'),
        ("pondered", 'Because of "X"'),
    ],
)
def test_the_act_is_called_what_it_was(verb: str, text: str) -> None:
    assert because("en", verb, "X") == text


@pytest.mark.parametrize(
    ("language", "name"), [("ca", "Hola"), ("en-GB", "Hello"), ("de", "Hello"), ("", "Hello")]
)
def test_titles_are_in_the_language_asked_for_or_another(language: str, name: str) -> None:
    assert display_title(Nugget("id", titles={"en": "Hello", "ca": "Hola"}), language, "id") == name


@pytest.mark.parametrize("nugget", [None, Nugget("https://acme.example/x")])
def test_a_nugget_without_a_title_is_called_by_its_id(nugget: Nugget | None) -> None:
    assert display_title(nugget, "en", "https://acme.example/x") == "https://acme.example/x"


@pytest.mark.parametrize(
    ("want", "reason"),
    [
        (Want("sql", 3, role="Data Engineer"), "Teaches sql, wanted in your role of Data Engineer"),
        (Want("sql", 3, role="Tester"), "Teaches sql, wanted in the role of Tester"),
        (Want("sql", 3, goal="Tester"), "Teaches sql, needed for your goal Tester"),
        (Want("sql", 3, goal="sql"), "Teaches sql, one of your goals"),
    ],
)
def test_a_wanted_skill_is_explained_by_the_role_or_goal_that_wants_it(
    explain: Explain, want: Want, reason: str
) -> None:
    reader = replace(READER, features=UserFeatures(role="data engineer"), wants={"sql": want})
    assert explain("b", ("wanted", "sql", 1.0), reader=reader) == (reason,)


def test_skills_and_roles_are_called_as_the_store_labels_them(explain: Explain) -> None:
    labels = Labels({"sql": {"de": "SQL-Abfragen"}, "tester": {"de": "Prüfung"}}, "de")
    reader = Reader("de", wants={"sql": Want("sql", 3, role="Tester")}, labels=labels)
    (reason,) = explain("b", ("wanted", "sql", 1.0), reader=reader)
    assert "SQL-Abfragen" in reason
    assert "Prüfung" in reason


def test_what_is_needed_before_another_says_so(explain: Explain) -> None:
    nuggets = {"c": Nugget("c", titles={"en": "The course"})}
    assert explain("b", ("needed", "c", 1.0), nuggets=nuggets) == ('Needed before "The course"',)


@pytest.mark.parametrize(("cold", "reason"), [(True, 'Similar to "c"'), (False, POPULAR)])
def test_what_hardly_anybody_took_is_called_similar_where_it_is_scored_so(
    model: TrainedModel, make_snapshot: Callable[..., CatalogueSnapshot], cold: bool, reason: str
) -> None:
    position = model.item_index["b"]
    features = sp.csr_matrix(np.ones((5, 1), dtype=np.float32))
    settings = replace(model.settings, cold_below=99 if cold else 0)
    alike = replace(model, features=features, settings=settings)
    contributions = (Contribution("history", "c", 1.0, "completed"), Contribution("popularity", "", 0.1))
    scores = Scores(np.zeros(5), np.zeros(16), ("c",), lambda items: [contributions for _ in items])
    snapshot = make_snapshot(alike, _teaching(c=["sql"], b=["docker"]))
    assert Explainer(snapshot, scores, READER).explain([position])[0] == (reason,)


@pytest.mark.parametrize(
    ("language", "reason"),
    [
        ("ca", "Perquè heu completat «a»"),
        ("es-MX", "Porque ha completado «a»"),
        ("de", "Weil Sie „a“ abgeschlossen haben"),
        ("fr", "Parce que vous avez terminé «\u00a0a\u00a0»"),
        ("nl", 'Because you completed "a"'),
    ],
)
def test_reasons_are_in_the_language_of_the_reader(explain: Explain, language: str, reason: str) -> None:
    assert explain("b", ("history", "a", 1.0), reader=replace(READER, language=language)) == (reason,)


@pytest.mark.parametrize(
    ("features", "language"),
    [
        (UserFeatures(language="de-AT"), "de-AT"),
        (UserFeatures(language="nl", languages=("nl", "fr")), "fr"),
        (UserFeatures(language="nl"), "nl"),
        (UserFeatures(), ""),
    ],
)
def test_of_a_learners_languages_the_first_with_texts_is_taken(features: UserFeatures, language: str) -> None:
    assert reader_language(features) == language


@pytest.mark.parametrize(
    ("skill", "name"),
    [
        ("sql", "sql"),
        ("http://data.europa.eu/esco/skill/data-mining", "data-mining"),
        ("https://case.example/skills#sql/", "sql"),
    ],
)
def test_skills_are_called_as_people_say_them(skill: str, name: str) -> None:
    assert skill_name(skill) == name
