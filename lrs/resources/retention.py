"""Retention over HTTP: for how long a store keeps which Statements, and how many go now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from flask import Blueprint, Response, request

from lrs.auth.credentials import Credential, list_credentials
from lrs.auth.stores import set_retention
from lrs.errors import RequestRefusedError
from lrs.privacy.retention import count_selected, selection_of
from lrs.resources.openapi import Operation
from lrs.resources.requests import (
    authenticate,
    database,
    for_this_client,
    json_body,
    note_count,
    require_no_parameters,
)
from lrs.storage.stored_time import now_us
from schemas.json_text import dump_json, parse_json
from schemas.retention import (
    CountedRetentionSchema,
    RetentionQuerySchema,
    RetentionRule,
    RetentionSchema,
)

PATH = "/privacy/retention"
SCOPE = "privacy/manage"
LARGEST = 64 * 1024

blueprint = Blueprint("retention", __name__)
_QUERY, _BODY, _ANSWER = RetentionQuerySchema(), RetentionSchema(), CountedRetentionSchema()

OPERATIONS: Mapping[tuple[str, str], Operation] = {
    (PATH, "GET"): Operation(answer=CountedRetentionSchema),
    (PATH, "PUT"): Operation((_QUERY,), body=RetentionSchema, answer=CountedRetentionSchema),
}


@blueprint.get(PATH)
def get_retention() -> Response:
    """Answer for how long the store keeps which Statements, and how many go now."""
    credential = authenticate(SCOPE, work="search")
    require_no_parameters()
    return _respond(credential, credential.store.retention)


@blueprint.put(PATH)
def put_retention() -> Response:
    """Set for how long the store keeps which Statements; a dry run only counts how many would go."""
    credential = authenticate(SCOPE, work="search", stores=False)
    query = _QUERY.read(list(request.args.items(multi=True)))
    rules: list[RetentionRule] = _BODY.read(parse_json(json_body(LARGEST)))["rules"]
    _require_sensible(credential, rules)
    answer = _respond(credential, rules)
    if not query["dry_run"]:
        set_retention(database(), credential.store, rules)
    return answer


def _require_sensible(credential: Credential, rules: Sequence[RetentionRule]) -> None:
    """Raise RequestRefusedError for two rules about the same Statements, or a credential of no or another store."""
    if len({rule.about for rule in rules}) < len(rules):
        raise RequestRefusedError("Two rules are about the same Statements; send one of them.", path="rules")
    known = {row.key for row in list_credentials(database(), credential.store)}
    unknown = next(
        (rule.credential for rule in rules if rule.credential and rule.credential not in known), None
    )
    if unknown is not None:
        raise RequestRefusedError(
            f"The store has no credential {unknown!r}; send the key of one of its own.", path="rules"
        )


def _respond(credential: Credential, rules: Sequence[RetentionRule]) -> Response:
    now, counts = now_us(), list[int]()
    for rule in rules:
        with for_this_client():
            counts.append(count_selected(database(), credential.store.id, selection_of(rule, now)))
    note_count(sum(counts))
    found = [
        {"days": rule.days, **_about(rule), "statements": count}
        for rule, count in zip(rules, counts, strict=True)
    ]
    return Response(dump_json(_ANSWER.dump({"rules": found})), mimetype="application/json")


def _about(rule: RetentionRule) -> dict[str, str]:
    named = {"verb": rule.verb, "credential": rule.credential}
    return {name: value for name, value in named.items() if value}
