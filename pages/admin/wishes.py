"""Who asked to be erased, for those who look after privacy: with what an erasure of each would change."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response

from lrs.personas import describe_personas
from lrs.privacy.others import shown
from lrs.resources.requests import database, note_count, note_personas
from pages.admin.sections import PRIVACY, admin_page
from pages.visitors import require
from recommender.storage.own_settings import iterate_wishes_to_be_erased

PATH = "/admin/privacy/wishes"

blueprint = Blueprint("admin_wishes", __name__)
AUDITED = ((PATH, "GET"),)
UNAUDITED: dict[tuple[str, str], str] = {}


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody who asked to be erased: the name, an identifier to read and one to send, since when (us)."""

    name: str
    shown: str
    identifier: str
    since: int


@blueprint.get(PATH)
def get_wishes() -> Response:
    """Show who asked to be erased, the oldest wish first."""
    store = require(PRIVACY).store
    since = {persona: kept.erasure_asked for persona, kept in iterate_wishes_to_be_erased(database(), store)}
    people = describe_personas(database(), store, list(since))
    note_personas(people)
    note_count(len(people))
    wishes = [
        Wish(one.name or "", shown(one.identifiers[0]), one.identifiers[0], since[one.id])
        for one in people.values()
    ]
    return admin_page("admin.wishes", wishes=sorted(wishes, key=lambda one: one.since))
