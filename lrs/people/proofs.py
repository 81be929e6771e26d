"""A learner proves by mail that an address is theirs, too: whoever can read the mail has the token that it carries."""

from __future__ import annotations

from dataclasses import dataclass
from hmac import compare_digest

from lrs.auth.stores import Store
from lrs.auth.tokens import InvalidTokenError, SignedTokens
from lrs.errors import ForbiddenError, RequestRefusedError
from lrs.people.linking import join_people
from lrs.personas import Persona
from lrs.storage.database import Database
from lrs.storage.stored_time import now_us
from schemas.errors import InvalidInputError
from schemas.json_text import dump_json, parse_json

KIND, VERSION = "mail-proof", 1
VALID_US = 3_600_000_000
"""A mail is read within an hour, or another one is sent."""
BY_MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Proof:
    """A token that joins a mail address to a learner, and until when (us)."""

    token: str
    until: int


def make_proof(secret: str, store: Store, learner: str, mail: str) -> Proof:
    """Return the token to be sent to a mail address, and to nobody else; raise InvalidInputError."""
    if not mail.startswith("mbox|"):
        raise InvalidInputError(f"{mail} is not a mail address; send one", path="mail")
    if learner == mail:
        raise InvalidInputError("the address is the learner's already; send another one", path="mail")
    until = now_us() + VALID_US
    token = SignedTokens(secret, KIND, VERSION).write(dump_json([str(store.id), learner, mail, until]))
    return Proof(token, until)


def accept_proof(database: Database, secret: str, store: Store, learner: str, token: str) -> Persona:
    """Join the address of a token to the learner who was asked to prove it; return that person.

    Raises InvalidInputError for a token that is not valid (any more), ForbiddenError for that of another learner
    or store: a token that was sent to somebody by mistake, or to trick them, joins nobody.
    """
    try:
        payload = SignedTokens(secret, KIND, VERSION).read(token)
    except InvalidTokenError as error:
        raise InvalidInputError(f"{error} Ask for another mail.", path="token") from error
    named, asked, mail, until = parse_json(payload)
    if now_us() >= until:
        raise InvalidInputError("the token is older than an hour; ask for another mail", path="token")
    if named != str(store.id) or not compare_digest(asked.encode(), learner.encode()):
        raise ForbiddenError("This token was made for another learner; sign in as the one who asked for it.")
    try:
        return join_people(database, store, [learner, mail], BY_MAIL, again=False)
    except RequestRefusedError as error:
        raise ForbiddenError(error.message) from error
