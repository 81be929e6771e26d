"""What POST /oauth2/token takes and answers (RFC 6749 4.4, 5.1 and 5.2)."""

from __future__ import annotations

from marshmallow import fields, validate

from schemas.breaches import JsonSchema
from schemas.payloads import Answer

CLIENT_CREDENTIALS = "client_credentials"
TOKEN_REQUEST: JsonSchema = {
    "type": "object",
    "properties": {
        "grant_type": {"const": CLIENT_CREDENTIALS},
        "scope": {
            "type": "string",
            "description": "scopes with spaces between; all of the credential by default",
        },
        "client_id": {"type": "string", "description": "the key, unless it is sent by HTTP Basic"},
        "client_secret": {"type": "string", "description": "the secret, unless it is sent by HTTP Basic"},
    },
    "required": ["grant_type"],
}


class ClientTokenSchema(Answer):
    """A token, for so many seconds, with scopes separated by spaces."""

    access_token = fields.String(required=True)
    token_type = fields.String(required=True, validate=validate.Equal("Bearer"))
    expires_in = fields.Integer(required=True)
    scope = fields.String(required=True)


class ClientTokenErrorSchema(Answer):
    """Why there is no token."""

    error = fields.String(required=True)
    error_description = fields.String(required=True)
