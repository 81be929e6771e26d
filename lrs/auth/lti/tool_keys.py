"""The key by which this service signs what it sends to platforms; its public half is at `/lti/jwks`."""

from __future__ import annotations

import json
from typing import Any

from joserfc.jwk import RSAKey

from lrs.storage.counters import find_or_create_secret
from lrs.storage.database import Database

SECRET = "lti"
ALGORITHM = "RS256"
KEY_BITS = 2048


def tool_key(database: Database) -> RSAKey:
    """Return the key of this service; the first process to ask makes it."""
    key: RSAKey = RSAKey.import_key(json.loads(find_or_create_secret(database, SECRET, _make)))
    return key


def public_keys(database: Database) -> dict[str, Any]:
    """Return the JSON Web Key Set by which platforms verify what this service signs."""
    return {"keys": [tool_key(database).as_dict(private=False)]}


def _make() -> str:
    key = RSAKey.generate_key(KEY_BITS, {"use": "sig", "alg": ALGORITHM}, auto_kid=True)
    return json.dumps(key.as_dict(private=True))
