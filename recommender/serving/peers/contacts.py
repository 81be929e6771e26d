"""How people are reached: by the address that each chose, and only where each agrees."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from lrs.auth.stores import Store
from lrs.personas import Persona
from recommender.storage.own_settings import OwnSettings
from schemas.errors import InvalidInputError

RULE = "Learnerprise contact address"
LONGEST = 500
MAIL = re.compile(r"[^@\s<>\"'(),:;\\]+@[^@\s<>\"'(),:;\\/]+\.[^@\s<>\"'(),:;\\/.]+")
WEB = ("http", "https")
_REMEDY = "write a mail address, or a chat link that begins with https://"


def read_contact(text: str) -> str:
    """Return what a learner wrote as an address to link to, empty for none; raise InvalidInputError for other kinds."""
    text = text.strip()
    if not text:
        return ""
    if len(text) > LONGEST:
        raise _refusal(f"the address has {len(text)} characters, more than {LONGEST}")
    mail = text.removeprefix("mailto:")
    if MAIL.fullmatch(mail):
        return f"mailto:{mail}"
    if not is_web_address(text):
        raise _refusal(f"{text[:100]!r} is not an address that people can be reached by")
    return text


def read_mail(text: str) -> str:
    """Return a mail address, empty for none; raise InvalidInputError."""
    found = read_contact(text)
    if found and not found.startswith("mailto:"):
        raise InvalidInputError(
            f"{found[:100]!r} is not a mail address; write one such as ada@example.org", rule=RULE
        )
    return found.removeprefix("mailto:")


def is_web_address(text: str) -> bool:
    """Return whether a text is the address of a page, which can be opened without harm."""
    if not text.isprintable() or any(character in text for character in " \"'<>\\^`{|}"):
        return False
    try:
        parts = urlsplit(text)
        return parts.scheme.lower() in WEB and bool(parts.hostname)
    except ValueError:  # such as a port that is no number
        return False


def contact_of(person: Persona, settings: OwnSettings) -> str:
    """Return the address that a person chose, else the mail address that the person is known by; empty for none."""
    mails = (one.partition("|")[2] for one in person.identifiers if one.startswith("mbox|"))
    return settings.contact or next(mails, "")


def open_contact(store: Store, person: Persona, settings: OwnSettings) -> str:
    """Return how anybody may reach a person who agrees to that; empty for one who does not."""
    is_open = store.permits("contact", person.choice("contact"))
    return contact_of(person, settings) if is_open else ""


def _refusal(problem: str) -> InvalidInputError:
    return InvalidInputError(f"{problem}; {_REMEDY}", rule=RULE)
