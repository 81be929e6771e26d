"""POST /oauth2/token: OAuth 2 client credentials (RFC 6749 4.4), a token for a tool's key and secret."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import parse_qsl

from flask import Blueprint, Response, g, request

from lrs.auth.credentials import Credential
from lrs.auth.scopes import SCOPES
from lrs.auth.sign_ins import MOST_SHOWN
from lrs.errors import ForbiddenError, LrsError, RequestRefusedError, UnauthorizedError
from lrs.resources.bodies import read_whole
from lrs.resources.openapi import Operation
from lrs.resources.refusals import note_refusal
from lrs.resources.requests import STORE, sent_authorization, service
from lrs.resources.responses import RETRIED_LATER
from schemas.json_text import dump_json
from schemas.oauth2 import CLIENT_CREDENTIALS, TOKEN_REQUEST, ClientTokenErrorSchema, ClientTokenSchema

PATH = "/oauth2/token"
FORM = "application/x-www-form-urlencoded"
MOST_BYTES = 16 * 1024
MOST_FIELDS = 20
RULE = "RFC 6749"

blueprint = Blueprint("oauth2", __name__)

OPERATIONS = {(PATH, "POST"): Operation(body={FORM: {"schema": TOKEN_REQUEST}}, answer=ClientTokenSchema)}
_TOKEN, _ERROR = ClientTokenSchema(), ClientTokenErrorSchema()


class TokenRefusedError(RequestRefusedError):
    """The request for a token breaks a rule of RFC 6749; `code` is the error of its section 5.2."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message, rule=f"{RULE} 5.2")
        self.code = code


@blueprint.post(PATH)
def post_token() -> Response:
    """Answer a bearer token for key and secret of a credential, valid for a while."""
    form = _read_form()
    credential = _sign_in(form)
    if form.get("grant_type") != CLIENT_CREDENTIALS:
        code = "unsupported_grant_type" if "grant_type" in form else "invalid_request"
        raise TokenRefusedError(
            code, f"grant_type must be {CLIENT_CREDENTIALS}; it is the only one served here."
        )
    scopes = _scopes(form, credential)
    issued = {
        "access_token": service().client_tokens.issue(credential, scopes),
        "token_type": "Bearer",
        "expires_in": service().client_tokens.valid_s,
        "scope": " ".join(scopes),
    }
    return _json(_TOKEN.dump(issued), HTTPStatus.OK)


@blueprint.errorhandler(LrsError)
def answer_error(error: LrsError) -> Response:
    """Answer an error in the shape of RFC 6749 5.2."""
    code, status = _code_of(error)
    note_refusal(code, error.rule, error.path)
    response = _json(_ERROR.dump({"error": code, "error_description": error.message}), status)
    if status == UnauthorizedError.status:
        response.headers["WWW-Authenticate"] = 'Basic realm="Learnerprise", charset="UTF-8"'
    if status in RETRIED_LATER:
        response.headers["Retry-After"] = str(getattr(error, "retry_after_s", 1))
    return response


def _code_of(error: LrsError) -> tuple[str, int]:
    if isinstance(error, TokenRefusedError):
        return error.code, error.status
    if isinstance(error, UnauthorizedError):
        return "invalid_client", error.status
    if isinstance(error, ForbiddenError):
        return "unauthorized_client", RequestRefusedError.status
    if error.status in RETRIED_LATER:
        return "temporarily_unavailable", error.status
    return ("server_error" if error.status >= 500 else "invalid_request"), error.status


def _read_form() -> Mapping[str, str]:
    if request.mimetype != FORM:
        raise TokenRefusedError("invalid_request", f"Send the parameters as {FORM} in the body.")
    try:
        text = read_whole(request, MOST_BYTES).decode()
        pairs = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise TokenRefusedError("invalid_request", f"The body is not a form of {FORM} in UTF-8.") from error
    repeated = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
    if repeated:
        raise TokenRefusedError(
            "invalid_request", f"The parameter {repeated[0][:MOST_SHOWN]!r} is there twice."
        )
    return {name: value for name, value in pairs if value}


def _sign_in(form: Mapping[str, str]) -> Credential:
    """Return the credential whose key and secret came by HTTP Basic or in the form (RFC 6749 2.3.1)."""
    sent, in_form = sent_authorization(), "client_secret" in form or "client_id" in form
    if sent is not None and in_form:
        raise TokenRefusedError("invalid_request", "Send key and secret once: by HTTP Basic, or in the form.")
    key, secret = form.get("client_id"), form.get("client_secret")
    if sent is not None and sent.type == "basic":
        key, secret = sent.username, sent.password
    if not key or not secret:
        raise UnauthorizedError(
            "Send the key and the secret of a credential by HTTP Basic, or as client_id and client_secret in the form."
        )
    g.key = key[:MOST_SHOWN]
    credential = service().sign_ins.check(key, secret, request.remote_addr or "unknown")
    request.environ[STORE] = credential.store.id
    service().request_limit.spend(credential.key)
    return credential


def _scopes(form: Mapping[str, str], credential: Credential) -> list[str]:
    """Return the scopes that the token gets: those asked for, which the credential must have, or all it has."""
    asked = form.get("scope", "").split()
    lacking = [scope for scope in asked if scope not in SCOPES or not credential.grants(scope)]
    if lacking:
        has = ", ".join(sorted(credential.scopes))
        raise TokenRefusedError(
            "invalid_scope", f"This credential lacks {lacking[0][:MOST_SHOWN]!r}; it has: {has}."
        )
    return sorted(set(asked) or credential.scopes)


def _json(body: Mapping[str, object], status: int) -> Response:
    response = Response(dump_json(body), status, mimetype="application/json")
    response.headers["Pragma"] = "no-cache"
    return response
