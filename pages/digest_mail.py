"""The weekly digest as mail: begun and ended by links, so that nobody gets mails that somebody else asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bson import ObjectId
from flask import Blueprint, g, render_template, request
from werkzeug.wrappers import Response

from lrs.auth.stores import Store, require_open, store_by_id
from lrs.auth.tokens import InvalidTokenError, SignedTokens, token_secret
from lrs.errors import RequestRefusedError, TooManyRequestsError
from lrs.mail import Mail
from lrs.personas import Persona, describe_personas
from lrs.resources.bodies import want_body
from lrs.resources.requests import database, service, settings
from lrs.storage.stored_time import now_us
from pages.digest import find_digest
from pages.mail_links import WINDOW_S, count_asked
from pages.rendering import page
from pages.texts import language, text
from recommender.api.requests import serving
from recommender.messages import LANGUAGES
from recommender.serving.nuggets.recommend import DAY_US
from recommender.storage.own_settings import OwnSettings, find_settings, iterate_mailed, write_settings
from schemas.json_text import dump_json, parse_json

PATH = "/digest/link"
BEGIN, END, END_REPORT = "begin", "end", "end_report"
MOST_ASKED, LARGEST_FORM_BYTES = 3, 32 * 1024
CONFIRM_DAYS = 1

blueprint = Blueprint("digest_mail", __name__)
AUDITED: tuple[tuple[str, str], ...] = ()
_OWN = "learners change their own settings by a link in their own mail"
UNAUDITED = {(PATH, "GET"): _OWN, (PATH, "POST"): _OWN}


@dataclass(frozen=True, slots=True)
class Link:
    """What a link in a mail does (`do`) for a learner: begin the digest to an address, end it, or end the report.

    One that begins the digest is valid until `time` (us). One that ends it is valid as long as there are the mails that
    began at `time`: mails that the learner began later go on. One that ends the monthly report is valid until `time`.
    """

    do: str
    store: str
    persona: str
    mail: str
    language: str
    time: int


@blueprint.get(PATH)
def get_link() -> Response:
    """Ask whether to do what a link is for: programs that look through mails open links, too."""
    token = request.args.get("token", "")
    link = read_link(token)
    g.language = link.language
    return page("learner/digest_link.html", title=_title(link), do=link.do, token=token)


@blueprint.post(PATH)
def post_link() -> Response:
    """Begin or end the mails of a learner."""
    want_body(request, LARGEST_FORM_BYTES)
    link = read_link(request.form.get("token", ""))
    g.language = link.language
    store = store_by_id(database(), ObjectId(link.store))
    require_open(store)
    person = describe_personas(database(), store.id, [ObjectId(link.persona)]).get(ObjectId(link.persona))
    if person is None:
        raise _unusable()
    _do(link, store, person)
    return page("learner/digest_link.html", title=_title(link), do=f"{link.do}_done")


def _do(link: Link, store: Store, person: Persona) -> None:
    kept = find_settings(database(), store.id, person.ids)
    if link.do == END_REPORT:
        write_settings(database(), store.id, person.ids, report_mail="", report="")
    elif link.do == BEGIN and kept.mail != link.mail:
        _begin(store, person, link.mail)
    elif link.do == END and kept.mail_since == link.time:
        _end(store, person)


def begin_mail(store: Store, person: Persona, mail: str) -> bool:
    """Begin the mails to an address of the learner's own; to another, ask there first. Return whether they began.

    Raise TooManyRequestsError if too many are asked for.
    """
    if not mail or f"mbox|mailto:{mail}" in person.identifiers:
        _begin(store, person, mail) if mail else _end(store, person)
        return True
    if count_asked(f"digest-asked/{person.id}") > MOST_ASKED:
        raise TooManyRequestsError(
            "Too many mails were asked for; wait a quarter of an hour.", retry_after_s=WINDOW_S
        )
    address = _address(Link(BEGIN, str(store.id), str(person.id), mail, language(), _in_days(CONFIRM_DAYS)))
    told = text("learner.mail_confirm", store=store.name, address=address)
    service().mail.send(Mail(mail, text("learner.digest_title"), told))
    return False


def _begin(store: Store, person: Persona, mail: str) -> None:
    write_settings(database(), store.id, person.ids, mail=mail, mail_since=now_us(), language=language())


def _end(store: Store, person: Persona) -> None:
    write_settings(database(), store.id, person.ids, mail="", mail_since=0)


def mail_digests(store: Store, send: Callable[[Mail], None], address: str, secret: str) -> int:
    """Send this week's digest to each learner of a store who wants it and has not got it; return how many.

    `address` is that of the service, `secret` signs the links by which mails are ended.
    """
    sent = 0
    for persona, kept in iterate_mailed(serving().database, store.id):
        person = describe_personas(serving().database, store.id, [persona]).get(persona)
        if person is not None and kept.mailed < _monday():
            g.language = kept.language if kept.language in LANGUAGES else LANGUAGES[0]
            send(_write(store, person, kept, address, secret))
            write_settings(serving().database, store.id, person.ids, mailed=_monday())
            sent += 1
    return sent


def read_link(token: str) -> Link:
    """Return what a link is for; raise RequestRefusedError for one that was cut, changed or has expired."""
    try:
        values = parse_json(_tokens(token_secret(database(), settings().secret_key)).read(token))
    except InvalidTokenError as error:
        raise _unusable() from error
    link = Link(*values)
    if link.do != END and link.time < now_us():
        raise _unusable()
    return link


def _write(store: Store, person: Persona, kept: OwnSettings, address: str, secret: str) -> Mail:
    end = Link(END, str(store.id), str(person.id), "", language(), kept.mail_since)
    body = render_template(
        "learner/digest.txt",
        digest=find_digest(store, person),
        home=f"{address}/home",
        end=link_address(address, secret, end),
    )
    return Mail(kept.mail, text("learner.mail_subject"), body)


def link_address(address: str, secret: str, link: Link) -> str:
    """Return the address of a link in a mail of the service at an address."""
    return f"{address}{PATH}?token={_tokens(secret).write(_payload(link))}"


def _address(link: Link) -> str:
    # The address that is set, not the one of the request, which whoever asks for the mail could choose.
    return link_address(
        settings().authority.rstrip("/"), token_secret(database(), settings().secret_key), link
    )


def _title(link: Link) -> str:
    return text("organisation.report_title" if link.do == END_REPORT else "learner.digest_title")


def _payload(link: Link) -> bytes:
    return dump_json([link.do, link.store, link.persona, link.mail, link.language, link.time])


def _tokens(secret: str) -> SignedTokens:
    return SignedTokens(secret, "digest", 1)


def _monday() -> int:
    """Return the Monday of this week (days since 1970, a Thursday)."""
    today = now_us() // DAY_US
    return today - (today + 3) % 7


def _in_days(days: int) -> int:
    return now_us() + days * DAY_US


def _unusable() -> RequestRefusedError:
    return RequestRefusedError(
        "This link has expired or was cut; choose the digest anew on the page of your data."
    )
