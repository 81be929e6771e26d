"""The report of an organisation as a monthly mail: asked for on its page, off by itself after half a year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs, urlencode

from flask import Blueprint, current_app, g, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from lrs.auth.credentials import Credential
from lrs.auth.sessions import Session
from lrs.auth.stores import Store
from lrs.errors import RequestRefusedError
from lrs.mail import Mail
from lrs.personas import Persona, describe_personas
from lrs.resources.paths import link
from lrs.resources.requests import database, note_people
from pages import texts
from pages.colleagues import present_person
from pages.digest_mail import END_REPORT, Link, link_address
from pages.insights.windows import Window, asked_window
from pages.people import own_address
from pages.reports import chosen, content
from pages.visitors import Visitor, form, require
from recommender.api.requests import serving
from recommender.insights.months import month_start, today
from recommender.messages import LANGUAGES
from recommender.serving.nuggets.recommend import DAY_US
from recommender.storage.own_settings import OwnSettings, iterate_reported, write_settings

SCOPE = "insights/organisation"
KEPT_DAYS = 183
PATH = "/organisation/report/mail"

blueprint = Blueprint("report_mail", __name__)
AUDITED = ((PATH, "POST"),)
UNAUDITED: dict[tuple[str, str], str] = {}


@blueprint.post(PATH)
@form
def post_mail() -> AnyResponse:
    """Begin the monthly mail with these figures, or end it."""
    visitor = require(SCOPE)
    note_people(visitor.credential.learner)
    if request.form.get("do") == "end":
        person = present_person(visitor)
        write_settings(database(), visitor.store, person.ids, report_mail="", report="")
        return redirect(link("/organisation/report#mail"), 303)
    plans, window = chosen(request.form.getlist("figure")), asked_window()
    mail = own_address(visitor)
    if not mail:
        raise RequestRefusedError(
            "No mail address of yours is known here. Confirm one for the weekly digest on the page of your data first."
        )
    days = [("window", str(window.days))] if window.days else []
    query = urlencode([*(("figure", plan.figure) for plan in plans), *days])
    write_settings(
        database(),
        visitor.store,
        present_person(visitor).ids,
        report=query,
        report_mail=mail,
        report_until=today() + KEPT_DAYS,
        reported=month_start(today()),
        language=texts.language(),
    )
    return redirect(link(f"/organisation/report?{query}#mail"), 303)


def mail_reports(store: Store, send: Callable[[Mail], None], address: str, secret: str) -> int:
    """Send the report of last month to each person of a store who asked for it and has not got it; return how many.

    `address` is that of the service, `secret` signs the links by which mails are ended.
    """
    month, sent = month_start(today()), 0
    for persona, kept in iterate_reported(serving().database, store.id):
        person = describe_personas(serving().database, store.id, [persona]).get(persona)
        if person is None or kept.reported >= month or kept.report_until < today():
            continue
        # A context of its own: what pages look up is kept there, and the next person may be of another store.
        with current_app.test_request_context(base_url=address):
            send(_write(store, person, kept, address, secret))
        write_settings(serving().database, store.id, person.ids, reported=month)
        sent += 1
    return sent


def _write(store: Store, person: Persona, kept: OwnSettings, address: str, secret: str) -> Mail:
    g.language = kept.language if kept.language in LANGUAGES else LANGUAGES[0]
    g.visitor = _reader(store, person)
    sent = parse_qs(kept.report)
    [days] = sent.get("window", [""])[:1]
    window = Window(int(days) if days else None, month_start(today()) - 1)
    query = urlencode([*_pairs(sent.get("figure", ())), *window.arguments.items()])
    end = Link(
        END_REPORT, str(store.id), str(person.id), kept.report_mail, g.language, kept.report_until * DAY_US
    )
    body = render_template(
        "organisation/report.txt",
        **content(window, chosen(sent.get("figure", ()))),
        report=f"{address}/organisation/report?{query}",
        last=texts.day(kept.report_until),
        end=link_address(address, secret, end),
    )
    return Mail(kept.report_mail, texts.text("organisation.mail_subject", store=store.name), body)


def _pairs(figures: Sequence[str]) -> list[tuple[str, str]]:
    return [("figure", name) for name in figures]


def _reader(store: Store, person: Persona) -> Visitor:
    """Return the reader of a mail as a visitor of the figures of the store."""
    credential = Credential("report", store.name, store, frozenset({SCOPE}), person.identifiers[0])
    return Visitor(credential, person.id, g.language, store.name, "", Session("", credential, "", ""))
