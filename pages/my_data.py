"""What is held of a learner: identifiers, consents to change, who looked, an export, the digest, and erasure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from flask import Blueprint, redirect
from werkzeug.wrappers import Response

from lrs.auth.stores import Store
from lrs.personas import Persona, set_choices
from lrs.privacy.auditing import digests_of, find_lines, names_of_person
from lrs.privacy.others import shown as shown_identifier
from lrs.resources.audit import described
from lrs.resources.exports import zipped_export
from lrs.resources.paths import link
from lrs.resources.requests import database, note_people, service
from lrs.storage.stored_time import now_us
from pages import digest, digest_mail
from pages.colleagues import present_person
from pages.learner import CHOOSE, field
from pages.people import find_own_settings, own_person
from pages.rendering import page
from pages.texts import language, text
from pages.visitors import Visitor, form, require
from recommender.messages import say
from recommender.serving.peers.contacts import read_mail
from recommender.storage.own_settings import write_settings
from schemas.consents import KINDS, Kind
from schemas.errors import InvalidInputError

SCOPE = "record/read/mine"
MOST_LINES = 50
WHAT = {
    "/recommendations/nuggets": "nuggets",
    "/recommendations/next": "nuggets",
    "/recommendations/path": "nuggets",
    "/home": "nuggets",
    "/widget": "nuggets",
    "/recommendations/peers": "people",
    "/peers": "people",
    "/feed": "people",
    "/community": "named",
    "/organisation/ready": "named",
    "/recommendations/consents": "consents",
    "/recommendations/learners": "features",
    "/xapi/statements": "statements",
    "/xapi": "documents",
    "/privacy/export": "export",
    "/people": "identifiers",
    "/search": "people",
    "/record": "statements",
    "/admin/live": "statements",
    "/admin/statements": "statements",
    "/admin/people": "identifiers",
    "/admin/privacy/export": "export",
}
"""What routes are about, as learners read it."""
ANSWERS = {"yes": True, "no": False, "none": None}

blueprint = Blueprint("my_data", __name__)
_PATHS = (("/my-data", "GET"), ("/my-data/export.zip", "GET"))
AUDITED = (
    *_PATHS,
    *((f"/my-data/{name}", "POST") for name in ("consents", "erasure", "digest")),
)
UNAUDITED: dict[tuple[str, str], str] = {}


class Asked(Protocol):
    """A line of the audit as it is described."""

    method: str
    route: str


@dataclass(frozen=True, slots=True)
class Consent:
    """A kind of consent in the reader's words: what it allows, what for, what was chosen, and what follows."""

    kind: Kind
    words: str
    purpose: str
    choice: bool | None
    chosen: int | None
    is_allowed: bool
    is_off: bool


@blueprint.get("/my-data")
def get_my_data() -> Response:
    """Show what is held of the visitor."""
    return _page(require(SCOPE))


@blueprint.get("/my-data/export.zip")
def get_export() -> Response:
    """Answer all that is held of the visitor, as a zip."""
    credential = require(SCOPE).credential
    note_people(credential.learner)
    return zipped_export(credential.store, credential.learner or "")


@blueprint.post("/my-data/consents")
@form
def post_consent() -> Response:
    """Keep a choice about one kind of consent, or take it back."""
    visitor = require(CHOOSE)
    kind, answer = field("kind"), field("answer")
    if kind not in KINDS or answer not in ANSWERS:
        raise InvalidInputError(
            f"{kind[:50]!r} or {answer[:50]!r} is not possible; load the page again", path="kind"
        )
    note_people(visitor.credential.learner)
    set_choices(database(), visitor.store, visitor.credential.learner or "", {kind: ANSWERS[answer]})
    return redirect(link("/peers" if field("next") == "peers" else f"/my-data#{kind}"), 303)


@blueprint.post("/my-data/erasure")
@form
def post_erasure() -> Response:
    """Keep that the visitor asks to be erased, or does not any more; somebody of the organisation does it."""
    visitor = require(SCOPE)
    note_people(visitor.credential.learner)
    asked = 0 if field("do") == "withdraw" else now_us()
    if asked and field("sure") != "yes":
        return _page(visitor, 400, problem="learner.erasure_unsure")
    write_settings(database(), visitor.store, present_person(visitor).ids, erasure_asked=asked)
    return redirect(link("/my-data#erasure"), 303)


@blueprint.post("/my-data/digest")
@form
def post_digest() -> Response:
    """Begin, renew or end the weekly digest as a feed, or as mail."""
    visitor = require(CHOOSE)
    note_people(visitor.credential.learner)
    person = present_person(visitor)
    match field("do"):
        case "feed":
            secret = digest.new_secret()
            write_settings(
                database(), visitor.store, person.ids, feed=digest.digest_of(secret), language=language()
            )
            return _page(visitor, feed=digest.address_of(visitor.store, secret))
        case "no_feed":
            write_settings(database(), visitor.store, person.ids, feed="")
        case _:
            try:
                mail = read_mail(field("mail"))
            except InvalidInputError:
                return _page(visitor, 400, problem="learner.mail_refused", typed=field("mail"))
            if not digest_mail.begin_mail(visitor.credential.store, person, mail):
                return _page(visitor, told="learner.mail_asked")
    return redirect(link("/my-data#digest"), 303)


def _page(visitor: Visitor, status: int = 200, **values: object) -> Response:
    person = own_person(visitor)
    identifier = visitor.credential.learner or ""
    note_people(identifier)
    found = {"feed": "", "problem": "", "told": "", "typed": "", **values}
    return page(
        "learner/my_data.html",
        status=status,
        title=text("learner.my_data_title"),
        identifiers=[shown_identifier(one) for one in (person.identifiers if person else (identifier,))],
        consents=[_consent(visitor.credential.store, kind, person) for kind in KINDS],
        lines=_lines(visitor, identifier),
        settings=find_own_settings(visitor),
        may_choose=visitor.allows(CHOOSE),
        has_mail=service().mail.is_set,
        asked_words=_asked_words,
        **found,
    )


def _consent(store: Store, kind: Kind, person: Persona | None) -> Consent:
    choice = person.choice(kind) if person else None
    made = person.choices.get(kind, ()) if person else ()
    return Consent(
        kind,
        say(language(), f"consent.{kind}"),
        say(language(), f"purpose.{kind}"),
        choice,
        made[-1].at if made and choice is not None else None,
        store.permits(kind, choice),
        store.policy(kind) == "off",
    )


def _asked_words(line: Asked) -> str:
    """Say what a line of the audit is about; of an unusual route, its address."""
    what = next((key for path, key in WHAT.items() if line.route.startswith(path)), "")
    if not what:
        return f"{line.method} {line.route}"
    key = "asked_read" if line.method in ("GET", "HEAD") else "asked_changed"
    return text(f"learner.{key}", what=text(f"learner.what_{what}"))


def _lines(visitor: Visitor, identifier: str) -> Sequence[object]:
    """Return who asked for data of the visitor lately, without the visitor."""
    about = names_of_person(database(), visitor.store, identifier)
    own = digests_of(database(), visitor.store, about)
    found = find_lines(database(), visitor.store, about, MOST_LINES * 2).lines
    others = [line for line in found if line["by"] is None or line["by"] not in own]
    return described(others[:MOST_LINES], own)
