"""Pages made of templates: the frame around each, the parts that htmx asks for, and the headers they carry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from flask import Blueprint, Flask, Response, g, render_template, request
from markupsafe import Markup

from lrs.resources.paths import link
from pages import static_files, texts
from pages.visitors import SAFE, TOKEN_FIELD, Visitor, found_visitor
from recommender.errors import FiguresCountedError

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load: files of this service alone, no script or style inside a page, no frame around it."""
UNFRAMED = "/admin"
"""Pages below are never framed, whoever looks."""
LAUNCHED = "/lti/"
"""Errors below are seen inside other tools, before anybody is known; they say nothing of people."""
OUTSIDE = Markup('rel="noopener noreferrer external"')
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
PICO = "vendor/pico-2.1.1/pico.min.css"
HTMX = "vendor/htmx-4.0.1/htmx.min.js"

blueprint = Blueprint("pages", __name__, template_folder="templates")


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the bar: an address, the key of its text, and the scopes of which one shows it."""

    path: str
    key: str
    scopes: tuple[str, ...]


PLACES = (
    Place("/home", "frame.next_for_you", ("recommendations/read/mine",)),
    Place("/record", "frame.my_record", ("record/read/mine",)),
    Place("/peers", "frame.people", ("recommendations/read/mine",)),
    Place("/my-data", "frame.my_data", ("record/read/mine",)),
    Place("/community", "frame.community", ("insights/community",)),
    Place("/organisation", "frame.organisation", ("insights/organisation",)),
    Place("/catalogue", "frame.catalogue", ("catalogue/read",)),
    Place("/explore", "frame.explore", ("insights/explore",)),
    Place(
        "/definitions",
        "definitions.title",
        ("insights/organisation", "insights/community", "insights/explore"),
    ),
    Place("/admin", "frame.admin", ("stores/manage", "models/manage", "privacy/manage")),
)


def register_rendering(app: Flask) -> None:
    """Let every template write texts, numbers, dates and addresses."""
    app.register_blueprint(blueprint)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        t=texts.text,
        number=texts.number,
        percent=texts.percent,
        day=texts.day,
        moment=texts.moment,
        time_named=texts.time_named,
        ago=texts.ago,
        link=link,
        asset=static_files.asset,
    )


def page(template: str, *, title: str, status: int = 200, **values: object) -> Response:
    """Return a whole page: `template` extends `base.html` and fills its block `main`."""
    shown = {**_frame(found_visitor()), "title": title, **values}
    return _answer(render_template(template, **shown), status)


def part(template: str, **values: object) -> Response:
    """Return a part of a page, which htmx puts into the page that asked for it."""
    seen = found_visitor()
    return _answer(render_template(template, visitor=seen, csrf_field=TOKEN_FIELD, **values), 200)


def error_page(error: Mapping[str, str], status: int) -> Response:
    """Return the page of an error. It asks nothing of the database, which may be what failed."""
    seen: Visitor | None = g.get("visitor")
    name = error["code"] if error["code"] in NAMED else str(status) if status in TITLED else ""
    title = texts.text(f"errors.title_{name}" if name else "errors.title")
    values = {**_frame(seen), "error": error, "status": status, "help": _help(error["code"], status)}
    shown = _answer(render_template("error.html", title=title, **values), status)
    return framed(shown, ("*",)) if request.path.startswith(LAUNCHED) else shown


def _help(code: str, status: int) -> str:
    """Return what a reader can do after an error."""
    if code in NAMED or status in (403, 404):
        return texts.text(f"errors.help_{code if code in NAMED else status}")
    if status in LATER:
        return texts.text("errors.help_later")
    return texts.text("errors.help_500" if status >= HTTPStatus.INTERNAL_SERVER_ERROR else "errors.help_400")


TITLED, LATER = (400, 403, 404, 409, 413, 429, 500, 503), (429, 503, 507)
NAMED = frozenset(
    {
        *("stale_form", "erased_person", "not_suggested", "not_in_catalogue", "method_not_allowed"),
        FiguresCountedError.code,
    }
)
"""Errors, by their codes, that pages have words of their own for."""


def framed(response: Response, origins: Collection[str]) -> Response:
    """Let pages of some origins alone frame a page; `*` stands for any."""
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(origins)}")
    response.headers["Content-Security-Policy"] = policy
    return response


def wants_part() -> bool:
    """Return whether htmx asks, for a part of a page."""
    return request.headers.get("HX-Request") == "true"


def places_of(visitor: Visitor) -> list[Place]:
    """Return the places that a visitor may see, in the order of the bar."""
    return [place for place in PLACES if any(map(visitor.allows, place.scopes))]


def _frame(visitor: Visitor | None) -> dict[str, object]:
    return {
        "visitor": visitor,
        "language": texts.language(),
        "languages": texts.NAMES,
        "places": places_of(visitor) if visitor else [],
        "here": request.path,
        "here_again": link(request.full_path.rstrip("?")) if request.method in SAFE else "",
        "csrf_field": TOKEN_FIELD,
        "styles": (PICO, "learnerprise.css", "charts.css"),
        "scripts": (HTMX,),
        "outside": OUTSIDE + Markup(' target="_blank"') if visitor and visitor.frame else OUTSIDE,
    }


def _answer(html: str, status: int) -> Response:
    response = Response(html, status, headers=dict(HEADERS), mimetype="text/html")
    response.headers["Content-Language"] = texts.language()
    response.vary.update(("Accept-Language", "Cookie"))
    seen: Visitor | None = g.get("visitor")
    is_framed = seen is not None and seen.frame and not request.path.startswith(UNFRAMED)
    return framed(response, seen.frame) if seen and is_framed else response
