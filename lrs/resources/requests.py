"""Reads the parts of a request that every resource needs: the credential, the xAPI version, the body."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from hashlib import sha256
from urllib.parse import unquote_to_bytes

from flask import current_app, g, request
from werkzeug.datastructures import Authorization, ImmutableMultiDict

from lrs.auth.credentials import Credential
from lrs.auth.limits import Work
from lrs.auth.scopes import GRANTED_TO_LEARNERS
from lrs.auth.sign_ins import MOST_SHOWN
from lrs.auth.stores import Store
from lrs.client_presence import for_client
from lrs.config import Settings
from lrs.errors import (
    ForbiddenError,
    RequestRefusedError,
    UnauthorizedError,
    UnknownTokenError,
    UnsupportedMediaTypeError,
)
from lrs.personas import PersonaId
from lrs.privacy.auditing import IDENTIFIER, PERSONA, Named
from lrs.resources.bodies import ASKED, read_whole, want_body
from lrs.statements.formats import ChooseLanguage
from lrs.statements.languages import Accepted, accepted_language, best_language
from lrs.statements.own import require_own
from lrs.statements.service import StatementService
from lrs.storage.database import Database
from schemas.errors import InvalidInputError
from schemas.versions import VersionRules, rules_for

VERSION_HEADER = "X-Experience-API-Version"
EXTENSION = "learnerprise"
FORM_LIMIT = "learnerprise.form"
"""Set in the environment of a request that came as a form: how many bytes such a form may have."""
ANY_TOKEN = "(token)"
"""What the log has in the place of a key for a token that nobody made."""
STORING = frozenset({"POST", "PUT"})
STORE = "learnerprise.store"
"""Set in the environment of a request once its credential is known: the id of its store."""


def service() -> StatementService:
    """Return the Statement service of this process."""
    found = current_app.extensions[EXTENSION]
    assert isinstance(found, StatementService)
    return found


def database() -> Database:
    """Return the database of this process."""
    return service().database


def settings() -> Settings:
    """Return the settings of this process."""
    return service().settings


def sent_authorization() -> Authorization | None:
    """Return the authorization of the request, or None where there is none that can be read."""
    try:
        return request.authorization
    except ValueError:
        return None


def authenticate(*scopes: str, work: Work = "small", stores: bool = True) -> Credential:
    """Return the credential of the request; raise unless it has one of the scopes (401, 403).

    `work` is the class of the request's cost; raise (429) if the credential's requests cost too much.
    A POST or PUT is refused (507) while there is no room, unless it `stores` nothing to speak of. Whom the credential
    stands for counts only where a scope of learners lets it in: by a wider scope its holder acts for anybody.
    """
    sent = sent_authorization()
    credential = _sign_in(sent)
    g.credential, g.key = credential, credential.key
    request.environ[STORE] = credential.store.id
    service().last_uses.note(credential.key)
    _hide_people(credential.store)
    if ASKED not in request.environ:
        _spend(credential, sent, work)
    if not any(credential.allows(scope) for scope in scopes):
        credential.require(scopes[0])
    if stores and request.method in STORING:
        service().writer.require_room(credential.store)
    if FORM_LIMIT in request.environ:
        _require_form(credential.store, request.environ[FORM_LIMIT])
    is_let_in_widely = any(credential.grants(one) for one in scopes if one not in GRANTED_TO_LEARNERS)
    return replace(credential, learner=None) if is_let_in_widely else credential


def _hide_people(store: Store) -> None:
    """Let what the request says of people, in a pseudonymous store, be read as their pseudonyms."""
    g.hiding = hiding = service().writer.hiding(store)
    if hiding is not None:
        request.args = ImmutableMultiDict(
            [(name, hiding.parameter(value)) for name, value in request.args.items(multi=True)]
        )


def signed_in() -> Credential:
    """Return the credential of the request as it was sent, with whom it stands for."""
    credential = g.credential
    assert isinstance(credential, Credential)
    return credential


def _sign_in(sent: Authorization | None) -> Credential:
    """Return the credential that was sent: key and secret (Basic), or a token (Bearer); raise UnauthorizedError."""
    if sent is not None and sent.type == "basic" and sent.username is not None:
        g.key = sent.username[:MOST_SHOWN]
        return service().sign_ins.check(sent.username, sent.password or "", request.remote_addr or "unknown")
    if sent is not None and sent.type == "bearer" and sent.token:
        return _check_token(sent.token)
    raise UnauthorizedError(
        "Send HTTP Basic authentication with the key and the secret of a credential, or a Bearer token."
    )


def _check_token(token: str) -> Credential:
    """Return what a token stands for; one that nobody made counts as a failed sign-in."""
    try:
        return service().bearer_tokens.check(token, _page_origin())
    except UnknownTokenError:
        service().sign_ins.note_failure(ANY_TOKEN, request.remote_addr or "unknown")
        raise


def _spend(credential: Credential, sent: Authorization | None, work: Work) -> None:
    """Count the request: of a tool for its credential, of a learner for the token."""
    if credential.learner is None:
        service().request_limit.spend(credential.key, work)
        return
    token = (sent.token if sent is not None else None) or ""
    service().learner_limit.spend(sha256(token.encode()).hexdigest(), work)


def _page_origin() -> str | None:
    """Return the origin of the page that a browser sends the request for; None for other programs."""
    if request.environ.get("HTTP_SEC_FETCH_SITE") == "same-origin":
        return own_origin()
    origin: str = request.environ.get("HTTP_ORIGIN", "")
    return origin.lower() or None


def own_origin() -> str:
    """Return the origin of pages that this service would serve itself, as the client names it."""
    return request.host_url.rstrip("/").lower()


def require_learner(credential: Credential, *agents: str | None) -> None:
    """Raise ForbiddenError if a learner's credential asks for others (canonical identifiers), or for all (None)."""
    require_own(database(), credential, agents)
    note_people(*agents)


def _require_form(store: Store, limit: int) -> None:
    """Raise ForbiddenError unless the store takes forms; ask for the rest of a form of which the beginning is there."""
    if not store.takes_forms:
        raise ForbiddenError(
            "This store does not take the alternate request syntax; send the request itself."
        )
    want_body(request, limit)


def note_people(*identifiers: str | None) -> None:
    """Note whom the answer is about, for the audit trail: canonical identifiers; nobody means everybody."""
    _note_named([(IDENTIFIER, identifier) for identifier in identifiers if identifier is not None])


def note_personas(personas: Iterable[PersonaId]) -> None:
    """Note who is named in the answer, for the audit trail."""
    _note_named([(PERSONA, str(persona)) for persona in personas])


def _note_named(named: list[Named]) -> None:
    noted = g._get_current_object()
    noted.audited_people = (*noted.get("audited_people", ()), *named)


def note_count(count: int) -> None:
    """Note how many Statements, documents or people were given out, for the audit trail; 1 by default."""
    g.audited_count = count


def for_this_client() -> AbstractContextManager[None]:
    """Do work for the client of this request alone: it ends when the client is gone."""
    return for_client(request.environ.get("waitress.client_disconnected"))


def require_version() -> VersionRules:
    """Return the rules of the xAPI version that the request names; raise (400) if it names none served."""
    header = request.headers.get(VERSION_HEADER)
    if header is None:
        raise RequestRefusedError(
            f"The header {VERSION_HEADER} is missing; send 1.0.3 or 2.0.0.",
            rule="xAPI 1.0.3 Communication 3.3",
        )
    return rules_for(header.strip())


def require_no_parameters() -> None:
    """Raise RequestRefusedError for any parameter: what is in an address is logged and kept by browsers."""
    for name in request.args:
        raise RequestRefusedError(
            f"The parameter {name!r} is not known here; send what is asked for in the body.", path=name
        )


def require_utf8_query() -> None:
    """Refuse (400) a query string whose percent-encoded bytes are not UTF-8, before anything reads it."""
    try:
        unquote_to_bytes(request.query_string).decode()
    except UnicodeDecodeError as error:
        message = f"Byte {error.start} of the query string is not UTF-8; percent-encode text as UTF-8."
        raise RequestRefusedError(message, rule="RFC 3986 2.5") from error


def answered_version() -> str:
    """Return the version for the answer's header: the one asked for if it is served, or else the store's."""
    with suppress(InvalidInputError):
        return rules_for(request.headers.get(VERSION_HEADER, "").strip()).name
    if "credential" in g:
        return str(g.credential.store.default_version)
    return settings().default_version


def json_body(limit: int) -> bytes:
    """Return the body of a JSON request; raise for another content type (400) or a body too large (413)."""
    body = json_as_sent(limit)
    return g.hiding.json(body) if g.hiding else body


def json_as_sent(limit: int) -> bytes:
    """Return the body of a JSON request as it was sent, with the people in it; raise as `json_body` does."""
    kind = request.mimetype
    if kind != "application/json":
        raise UnsupportedMediaTypeError(
            f"Content-Type {kind or 'none'!r} is not read here; send application/json or multipart/mixed."
        )
    charset = request.mimetype_params.get("charset", "utf-8").lower()
    if charset not in {"utf-8", "utf8", "us-ascii"}:
        raise UnsupportedMediaTypeError(f"The charset {charset!r} is not read here; send JSON as UTF-8.")
    return read_whole(request, limit)


def csv_body(limit: int) -> bytes:
    """Return the body of a CSV request; raise for another content type (400) or a body too large (413)."""
    if request.mimetype != "text/csv":
        raise UnsupportedMediaTypeError(
            f"Content-Type {request.mimetype or 'none'!r} is not read here; send text/csv."
        )
    body = read_whole(request, limit)
    return g.hiding.table(body) if g.hiding else body


def document_body(limit: int) -> bytes:
    """Return the body of a request as a document to keep; raise for one too large (413)."""
    body = read_whole(request, limit)
    return g.hiding.document(body) if g.hiding else body


def language_choice() -> ChooseLanguage:
    """Return the choice of one language among several by the request's Accept-Language."""
    return lambda languages: best_language(_accepted_languages(), languages)


def requested_language(languages: Sequence[str]) -> str | None:
    """Return the language among these that Accept-Language names, or None where it names none of them."""
    return accepted_language(_accepted_languages(), languages)


def _accepted_languages() -> Accepted:
    return list(request.accept_languages)
