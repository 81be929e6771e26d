"""Who looks at a page: the session of the cookie, what it allows, and forms that nobody else can send for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from hashlib import sha256
from hmac import compare_digest
from typing import ParamSpec
from urllib.parse import urlencode, urlsplit

from flask import g, request
from werkzeug.wrappers import Response as AnyResponse

from lrs.auth.credentials import Credential
from lrs.auth.sessions import LONGEST_US, SECOND_US, Session
from lrs.config import is_loopback
from lrs.errors import LrsError
from lrs.personas import PersonaId, describe_personas, find_persona
from lrs.resources.bodies import want_body
from lrs.resources.paths import link
from lrs.resources.requests import STORE, database, own_origin, service
from lrs.storage.database import StoreId
from pages.texts import language

COOKIE, FRAMED_COOKIE = "learnerprise", "learnerprise-lti"
"""The session of a page, and that of a page inside another tool, which browsers keep apart for each such tool."""
TOKEN_FIELD = "csrf"
LARGEST_FORM_BYTES = 8 * 1024 * 1024
LARGEST_OPEN_FORM_BYTES = 16 * 1024
SAFE = frozenset({"GET", "HEAD"})
Parameters = ParamSpec("Parameters")
View = Callable[Parameters, AnyResponse]


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody signed in. `persona` is None for a tool and for a learner of whom no Statement has come yet."""

    credential: Credential
    persona: PersonaId | None
    language: str
    name: str
    csrf: str
    session: Session
    frame: tuple[str, ...] = ()
    """The origins whose pages frame this one: it is shown inside another tool. Empty for a page of its own."""

    @property
    def store(self) -> StoreId:
        """The id of the store."""
        return self.credential.store.id

    @property
    def initials(self) -> str:
        """The first letters of the first and the last word of the name."""
        words = self.name.split() or ["?"]
        return "".join(word[0] for word in dict.fromkeys((words[0], words[-1]))).upper()

    def allows(self, scope: str) -> bool:
        """Return whether the visitor may see or do what a scope names."""
        return self.credential.allows(scope)


class SignInNeededError(LrsError):
    """Nobody is signed in, or the sign-in has expired: the answer leads to the page for signing in."""

    status = 401
    code = "sign_in_needed"


class StaleFormError(LrsError):
    """A form was made for another sign-in, or comes from another site."""

    status = 403
    code = "stale_form"


def found_visitor() -> Visitor | None:
    """Return who is signed in, or None."""
    if "visitor" not in g:
        framed = service().sessions.find(request.cookies.get(FRAMED_COOKIE, ""))
        session = framed or service().sessions.find(request.cookies.get(COOKIE, ""))
        g.visitor = _visitor(session, framed.origins if framed else ()) if session else None
    found: Visitor | None = g.visitor
    return found


def visitor() -> Visitor:
    """Return who looks at this page; leads to the page for signing in where nobody is signed in."""
    found = found_visitor()
    if found is None:
        raise SignInNeededError("Sign in to see this page.")
    return found


def require(scope: str) -> Visitor:
    """Return who looks at this page; raise ForbiddenError without the scope."""
    found = visitor()
    found.credential.require(scope)
    return found


def form(view: View[Parameters]) -> View[Parameters]:
    """Let a view take forms of this service's own pages alone: signed in, with the token of the session."""

    @wraps(view)
    def checked(*args: Parameters.args, **kwargs: Parameters.kwargs) -> AnyResponse:
        require_own_page()
        found_visitor()
        want_body(request, LARGEST_FORM_BYTES)
        # Read before anybody is led to sign in: an error handler shows the form then, where nothing can be refused.
        sent = request.form.get(TOKEN_FIELD) or request.headers.get("X-CSRF-Token", "")
        found = visitor()
        if not compare_digest(sent.encode(), found.csrf.encode()):
            raise StaleFormError(
                "This form was made for another sign-in. Nothing was changed; load the page again and send it again."
            )
        return view(*args, **kwargs)

    return checked


def open_form() -> Mapping[str, str]:
    """Return a form that needs no sign-in; raise StaleFormError for one of another site."""
    require_own_page()
    want_body(request, LARGEST_OPEN_FORM_BYTES)
    return request.form


def own_path(address: str) -> str:
    """Return an address if it is a path of this service; empty for any other, so that no link leads elsewhere."""
    prefix = f"{request.script_root}/"
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    is_path = not parts.scheme and not parts.netloc and address.startswith(prefix)
    is_plain = address.isprintable() and "\\" not in address and not address.startswith("//")
    return address if is_path and is_plain else ""


def require_own_page() -> None:
    """Raise StaleFormError for a form that a page of another origin sends."""
    origin = request.headers.get("Origin")
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    if site not in ("same-origin", "none") or (origin is not None and origin.lower() != own_origin()):
        raise StaleFormError("This form comes from another site. Nothing was changed; use the page itself.")


def sign_in(response: AnyResponse, token: str, *, framed: bool = False) -> AnyResponse:
    """Let a response sign the browser in; the session that it had ends."""
    former = found_visitor()
    if former is not None:
        service().sessions.end(former.session)
    name = FRAMED_COOKIE if framed else COOKIE
    set_cookie(response, name, token, LONGEST_US // SECOND_US, framed=framed)
    return response


def set_cookie(
    response: AnyResponse, name: str, value: str, kept_s: int, *, framed: bool | None = None
) -> None:
    """Set a cookie that no script reads, that no form of another site brings, and that travels by TLS alone.

    Without TLS it is set on the machine itself only, where nothing travels. `framed` is that of a page inside another
    tool: browsers send it there alone (`Partitioned`), so what comes with it is safe by the token of each form, and by
    the headers that say where a form comes from. By default it is what the page of this request is.
    """
    is_framed = FRAMED_COOKIE in request.cookies if framed is None else framed
    response.set_cookie(
        name,
        value,
        max_age=kept_s,
        path=request.script_root or "/",
        secure=is_framed or not is_own_machine(),
        httponly=True,
        samesite="None" if is_framed else "Lax",
        partitioned=is_framed,
    )


def sign_out(response: AnyResponse, *, everywhere: bool) -> AnyResponse:
    """Let a response sign the browser out, or all browsers of the same person."""
    found = found_visitor()
    if found is not None:
        sessions = service().sessions
        if everywhere:
            sessions.end_everywhere(found.session)
        else:
            sessions.end(found.session)
    path = request.script_root or "/"
    response.delete_cookie(COOKIE, path=path)
    response.delete_cookie(FRAMED_COOKIE, path=path, secure=True, samesite="None", partitioned=True)
    return response


def is_own_machine() -> bool:
    """Return whether the address that the browser uses names the machine it runs on, so that TLS adds nothing."""
    host = request.host
    name = host[1 : host.find("]")] if host.startswith("[") else host.partition(":")[0]
    return is_loopback(name)


def sign_in_address() -> str:
    """Return the address of the page for signing in, which leads back to this page."""
    after = request.full_path.rstrip("?") if request.method in SAFE else ""
    return link(f"/sign-in?{urlencode({'next': link(after)})}" if after else "/sign-in")


def _visitor(session: Session, frame: tuple[str, ...]) -> Visitor:
    credential = session.credential
    g.credential, g.key = credential, credential.key
    request.environ[STORE] = credential.store.id
    limit = service().learner_limit
    limit.spend(sha256(session.id.encode()).hexdigest(), "list")
    persona = (
        find_persona(database(), credential.store.id, credential.learner) if credential.learner else None
    )
    name = _name(credential, persona)
    return Visitor(credential, persona, language(), name, session.csrf, session, frame)


def _name(credential: Credential, persona: PersonaId | None) -> str:
    if persona is None:
        return credential.name
    described = describe_personas(database(), credential.store.id, [persona]).get(persona)
    return (described.name if described else None) or credential.name
