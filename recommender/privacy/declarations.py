"""What the recommender holds of people: one declaration for each of its collections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from lrs.privacy.declarations import DECLARATIONS as OF_THE_LRS
from lrs.privacy.erasing import Holdings
from lrs.storage.personal_data import (
    Declaration,
    NothingPersonal,
    PartOf,
    Person,
    PersonalData,
    rows_of_person,
)
from recommender.privacy.erasing import (
    count_answers,
    count_days,
    count_models,
    erase_answers,
    erase_days,
    erase_impressions,
    erase_in_models,
    erase_interactions,
    export_answers,
    export_days,
    export_models,
    paused,
    posts_of,
)
from recommender.privacy.inferred import export_inferred
from recommender.storage.introductions import export_introductions

DERIVED = "as long as the Statements that it is made from"
OWN = "until the person changes it, or is erased"


def _of_persona(field: str) -> Any:
    """Return the condition that a field is a persona of the person; nothing matches for somebody who has none."""
    return lambda person: {field: {"$in": list(person.personas)}}


def _nothing() -> Mapping[str, Any]:
    return {"_id": {"$in": []}}


def _acts(person: Person) -> Mapping[str, Any]:
    if person.persona is None:
        return _nothing()
    personas = {"$in": list(person.personas)}
    return {"$or": [{"persona": personas}, {"peer": personas}]}


def _introduced(person: Person) -> Mapping[str, Any]:
    if person.persona is None:
        return _nothing()
    personas = {"$in": list(person.personas)}
    return {"$or": [{"asker": personas}, {"asked": personas}]}


def _shown(person: Person) -> Mapping[str, Any]:
    if person.persona is None:
        return _nothing()
    names = {"$in": list(map(str, person.personas))}
    return {"$or": [{"persona": {"$in": list(person.personas)}}, {"kind": "peers", "shown": names}]}


def _entered(person: Person) -> Mapping[str, Any]:
    return {"name": {"$in": list(map(str, person.personas))}}


def _posts(field: str) -> Any:
    return lambda person: {field: {"$in": list(person.activities)}} if person.activities else _nothing()


DECLARATIONS: tuple[Declaration, ...] = (
    rows_of_person(
        "interactions",
        ("persona", "peer", "item", "verb", "at", "score", "failed", "term"),
        _acts,
        why="What the person did with which nugget, and towards whom: recommendations are made from it.",
        kept=DERIVED,
        erase=erase_interactions,
    ),
    PersonalData(
        "models",
        ("users", "user_embeddings", "known", "items", "feature_names", "side_names"),
        "What model versions learned of each learner: a row of numbers, and what the learner took.",
        "RECOMMENDER_KEPT_MODELS versions, the promoted ones and those of an experiment",
        find=count_models,
        export=export_models,
        erase=erase_in_models,
    ),
    PartOf("model_arrays", "models", "The arrays of the model versions."),
    PersonalData(
        "insight_days",
        ("people", "names", "rows"),
        "Who did what with which nugget on each day: figures about groups are counted from it.",
        DERIVED,
        find=count_days,
        export=export_days,
        erase=erase_days,
    ),
    PersonalData(
        "insight_answers",
        ("body",),
        "Figures about groups as they were counted, with posts among nuggets, and lists of those who agreed to be seen "
        "by community managers or to be considered for roles.",
        "a week after somebody asked last; those that are shown are at most an hour old",
        find=count_answers,
        export=export_answers,
        erase=erase_answers,
    ),
    NothingPersonal("team_measures", "What people measured of teams in each month."),
    NothingPersonal("insight_marks", "Which days are counted again."),
    NothingPersonal("insight_versions", "Which version of each day there is."),
    NothingPersonal("interaction_watermarks", "Up to which Statement interactions were made."),
    rows_of_person(
        "user_features",
        ("persona", "traits"),
        _of_persona("persona"),
        why="Team, role, skills, language and goals, as Statements say.",
        kept=DERIVED,
    ),
    rows_of_person(
        "entered_learners",
        ("name", "text"),
        _entered,
        why="Team, role, site, skills, goals and languages, as people entered them.",
        kept="until somebody removes the entry, or the person is erased",
    ),
    rows_of_person(
        "own_settings",
        (
            "persona",
            "contact",
            "mail",
            "mail_since",
            "report",
            "report_mail",
            "language",
            "erasure_asked",
            "offered",
            "offer_closed",
        ),
        _of_persona("persona"),
        why="How the person wants to be reached, which mails come, when a peer was offered, and when the person asked "
        "to be erased.",
        kept=OWN,
    ),
    rows_of_person(
        "saved_queries",
        ("owner", "name", "query"),
        lambda person: {"owner": {"$in": list(person.identifiers)}},
        why="Queries about groups that the person saved under a name, and perhaps shares.",
        kept="until the person deletes them, or is erased",
    ),
    replace(
        rows_of_person(
            "introductions",
            ("asker", "asked", "state"),
            _introduced,
            why="Whom the person asked to get to know, who asked for the person, and what the person answered.",
            kept=OWN,
        ),
        export=export_introductions,
    ),
    rows_of_person(
        "impressions",
        ("persona", "shown", "probabilities"),
        _shown,
        why="What was shown to the person, and to whom the person was suggested: recommendations are measured by it.",
        kept="RECOMMENDER_IMPRESSION_DAYS",
        erase=erase_impressions,
    ),
    rows_of_person(
        "searches",
        ("persona", "term", "at", "found"),
        _of_persona("persona"),
        why="What the person searched for, of those who are counted: terms that find nothing are told to producers.",
        kept="90 days",
    ),
    rows_of_person(
        "harvested_nuggets",
        ("activity",),
        _posts("activity"),
        why="Which Activities are nuggets; posts of the person among them.",
        kept=DERIVED,
    ),
    rows_of_person(
        "link_checks",
        ("activity", "address"),
        _posts("activity"),
        why="Whether the addresses of nuggets lead anywhere; those of the person's posts among them.",
        kept="90 days after the last check",
    ),
    rows_of_person(
        "nugget_meanings",
        ("activity", "vector"),
        _posts("activity"),
        why="What titles mean, as vectors; titles of the person's posts among them.",
        kept=DERIVED,
    ),
    rows_of_person(
        "entered_nuggets",
        ("name", "text"),
        _posts("name"),
        why="What people entered of nuggets; of posts of the person, too.",
        kept="until somebody removes the entry, or the writer of the post is erased",
    ),
    rows_of_person(
        "nugget_edits",
        ("activities",),
        _posts("activities"),
        why="Which nuggets were edited lately; posts of the person among them.",
        kept="a day",
    ),
    NothingPersonal("current_models", "Which model version answers."),
    NothingPersonal("model_settings", "The training settings that a search found best."),
    NothingPersonal(
        "experiments", "Which model versions are compared, and when; learners are drawn by arithmetic."
    ),
    NothingPersonal("job_locks", "Which process does which job, and until when."),
    NothingPersonal("vocabularies", "What verbs and Activity types mean to a store."),
    NothingPersonal("catalogue_editions", "How many times the catalogue was changed."),
    NothingPersonal("entered_roles", "The skills that roles need."),
    NothingPersonal("entered_labels", "What skills, roles and teams are called in which language."),
)

EVERYTHING: tuple[Declaration, ...] = (*OF_THE_LRS, *DECLARATIONS)
"""The declarations of both services over one database."""

HOLDINGS = Holdings(EVERYTHING, paused, posts_of, inferred=export_inferred)
"""All that both services hold, as erasures and exports see it."""
