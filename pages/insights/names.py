"""The names of groups in the visitor's language: skills, roles and teams by their labels, nuggets by their titles."""

from __future__ import annotations

from collections.abc import Mapping

from flask import current_app, g, has_request_context

from lrs.activities import find_definitions
from pages import texts
from pages.visitors import visitor
from recommender.api.insights import EXTENSION
from recommender.catalogue.labels import Labels, find_labels
from recommender.catalogue.nuggets import Nugget, harvest
from recommender.insights.asking import Insights
from recommender.messages import language_name

LABELLED = ("team", "role", "site", "skill")


def insights() -> Insights:
    """Return what this process answers figures from."""
    found: Insights = current_app.extensions[EXTENSION]
    return found


def name_of(column: str, label: str) -> str:
    """Return how a group is called; outside a request, as it is known."""
    if not has_request_context() or "visitor" not in g:
        return label
    if column == "nugget":
        nugget = _nuggets().get(label)
        return (nugget.title(texts.language()) if nugget else "") or label
    if column == "community":
        return _community(label) or label
    if column == "language":
        return language_name(texts.language(), label).capitalize() if label else label
    if column in LABELLED:
        found = _labels().find(label, texts.language())
        return found[:1].upper() + found[1:]
    return label


def _community(label: str) -> str:
    """Return the name of a community as Statements tell it."""
    definition = find_definitions(insights().database, visitor().store, [label]).get(label, {})
    return harvest(label, definition).title(texts.language())


def _labels() -> Labels:
    if "labels" not in g:
        g.labels = find_labels(insights().database, visitor().store)
    found: Labels = g.labels
    return found


def _nuggets() -> Mapping[str, Nugget]:
    return insights().nuggets(visitor().store)
