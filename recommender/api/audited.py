"""Which routes of the recommender are written into the audit trail: those about a person or about people."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from recommender.api.requests import PREFIX
from recommender.insights.asking import COUNTED

_ABOUT_A_PERSON = ("nuggets", "next", "path", "peers", "search", "groups", "consents")
_CATALOGUE = ("nuggets", "roles", "labels")
_METHODS = ("GET", "PUT", "POST", "DELETE")
AUDITED: Collection[tuple[str, str]] = (
    *((f"{PREFIX}/{name}", "GET") for name in _ABOUT_A_PERSON),
    (f"{PREFIX}/nuggets/similar", "GET"),
    (f"{PREFIX}/consents", "PUT"),
    *((f"{PREFIX}/learners", method) for method in _METHODS),
)
_NUGGETS = "it is about nuggets, roles and words"
_FIGURES = "figures of groups, without people"
UNAUDITED: Mapping[tuple[str, str], str] = {
    **{(f"{PREFIX}/catalogue/{name}", method): _NUGGETS for name in _CATALOGUE for method in _METHODS},
    (f"{PREFIX}/outcomes", "GET"): _FIGURES,
    (f"{PREFIX}/experiments", "GET"): _FIGURES,
    ("/insights/measures", "POST"): "measures of teams, without people",
    **{(f"/insights/{name}", "GET"): _FIGURES for name in sorted(COUNTED)},
}
