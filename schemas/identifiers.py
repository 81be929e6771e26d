"""The inverse functional identifier (IFI) of an Agent or Group as one comparable string."""

from collections.abc import Mapping
from hashlib import sha1
from typing import Any

from schemas.errors import InvalidInputError
from schemas.json_text import parse_json
from schemas.patterns import MAILTO, matches

KINDS = ("mbox", "mbox_sha1sum", "openid", "account")
ERASED_HOME_PAGE = "https://learnerprise.org/xapi/erased"
"""The homePage of the accounts that stand for people who were erased."""
_ERASED = f"account|{len(ERASED_HOME_PAGE)}|{ERASED_HOME_PAGE}|"


def identifier_of(actor: Mapping[str, Any]) -> str | None:
    """Return the canonical identifier of a valid Agent or Group; None for an anonymous Group.

    Only the case-insensitive parts are folded: the mail domain and the hash (xAPI 1.0.3 Data 2.4.2.3).
    """
    if "mbox" in actor:
        local, _, domain = actor["mbox"].rpartition("@")
        return f"mbox|{local}@{domain.lower()}"
    if "mbox_sha1sum" in actor:
        return f"mbox_sha1sum|{actor['mbox_sha1sum'].lower()}"
    if "openid" in actor:
        return f"openid|{actor['openid']}"
    if "account" in actor:
        account = actor["account"]
        return f"account|{len(account['homePage'])}|{account['homePage']}|{account['name']}"
    return None


def identifier_of_mail(address: str) -> str | None:
    """Return the canonical identifier of a mail address; None for what is not one."""
    mbox = f"mailto:{address}"
    return identifier_of({"mbox": mbox}) if matches(MAILTO, mbox) else None


def identifiers_implied(identifier: str) -> tuple[str, ...]:
    """Return the other identifiers that follow from one: a mail address has its hash (xAPI 1.0.3 Data 2.4.2.3)."""
    kind, _, address = identifier.partition("|")
    if kind != "mbox":
        return ()
    return (f"mbox_sha1sum|{sha1(address.encode(), usedforsecurity=False).hexdigest()}",)


def pseudonymous_agent(
    pseudonym: str, kind: str = "Agent", home_page: str = ERASED_HOME_PAGE
) -> dict[str, Any]:
    """Return the Agent, or identified Group, that stands for a person who was erased, or is not named."""
    return {"objectType": kind, "account": {"homePage": home_page, "name": pseudonym}}


def is_pseudonym(identifier: str) -> bool:
    """Return whether an identifier is the pseudonym of somebody who was erased."""
    return identifier.startswith(_ERASED)


def agent_of(identifier: str) -> dict[str, Any]:
    """Return the Agent that carries this canonical identifier: the inverse of `identifier_of`."""
    kind, _, rest = identifier.partition("|")
    if kind == "account":
        return {"objectType": "Agent", "account": _account_of(identifier, rest)}
    if kind not in KINDS or not rest:
        raise _unknown(identifier)
    return {"objectType": "Agent", kind: rest}


def identifier_named(text: str) -> str:
    """Return the identifier that a person writes: a mail address, an Agent as JSON, or the canonical form."""
    if text.lstrip().startswith("{"):
        try:
            found = identifier_of(parse_json(text.encode()))
        except (AttributeError, KeyError, TypeError) as error:
            raise _unknown(text) from error
        return found if found else _refuse(text)
    if "|" not in text and "@" in text:
        return str(identifier_of({"mbox": f"mailto:{text.removeprefix('mailto:')}"}))
    agent_of(text)
    return text


def _refuse(text: str) -> str:
    raise _unknown(text)


def _account_of(identifier: str, rest: str) -> dict[str, str]:
    length, _, pair = rest.partition("|")
    size = int(length) if length.isdecimal() else -1
    if not 0 <= size < len(pair) or pair[size] != "|":
        raise _unknown(identifier)
    return {"homePage": pair[:size], "name": pair[size + 1 :]}


def _unknown(identifier: str) -> InvalidInputError:
    return InvalidInputError(
        f"{identifier!r} is not a canonical identifier; send 'mbox|mailto:...', 'mbox_sha1sum|...', "
        "'openid|...' or 'account|<length of homePage>|<homePage>|<name>'",
        rule="xAPI 1.0.3 Data 2.4.2.3",
        code="invalid_identifier",
    )
