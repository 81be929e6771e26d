"""Links that sign somebody in, by mail: to those whom a store knows by their address; nobody is told whom it knows."""

from __future__ import annotations

from hashlib import sha256

from lrs.auth.roles import LEARNER
from lrs.auth.sign_in_links import PATH, VALID_MINUTES
from lrs.auth.sign_ins import network_of
from lrs.auth.stores import Store, stores_with_mail_sign_ins
from lrs.errors import TooManyRequestsError
from lrs.mail import Mail
from lrs.personas import find_persona
from lrs.resources.requests import database, service, settings
from lrs.storage.driver_errors import unavailable_when_unreachable
from lrs.storage.rate_limits import RateLimitCounters
from pages import texts
from schemas.identifiers import identifier_of_mail

MAIL = "mbox|mailto:"
WINDOW_S = 900
MOST_BY_ADDRESS = 20
MOST_BY_MAIL = 3
"""Mails to one address in a quarter of an hour: more would let anybody fill somebody's inbox."""


def send_link(mail: str, address: str) -> None:
    """Send a link from each store that knows a learner by this mail address.

    Raise TooManyRequestsError if too many are asked for from one network address, whatever the mail addresses.
    """
    if count_asked(f"links-asked/{network_of(address)}") > MOST_BY_ADDRESS:
        raise TooManyRequestsError(
            "Too many links were asked for from here; wait a quarter of an hour.", retry_after_s=WINDOW_S
        )
    learner = identifier_of_mail(mail)
    if learner is None or not service().mail.is_set:
        return
    is_over = count_asked(f"links-sent/{learner}") > MOST_BY_MAIL
    for store in stores_with_mail_sign_ins(database()):
        kept = service().writer.pseudonyms.identifier(store, learner)
        if find_persona(database(), store.id, kept) is not None and not is_over:
            # To the address that is known, not as it was typed: another spelling may be somebody else's.
            _send(store, learner, learner.removeprefix(MAIL))


def _send(store: Store, learner: str, mail: str) -> None:
    token = service().sign_in_links.make(store, learner, LEARNER, mail)
    # The address that is set, not the one of the request, which whoever asks for the mail could choose.
    address = f"{settings().authority.rstrip('/')}{PATH}?token={token}"
    text = texts.text("signin.mail_text", link=address, minutes=VALID_MINUTES, store=store.name)
    service().mail.send(Mail(mail, texts.text("signin.mail_subject"), text))


def count_asked(name: str) -> int:
    """Return how often something was asked for in the last quarter of an hour, now included; its name is not kept."""
    with unavailable_when_unreachable():
        return int(RateLimitCounters(database()).incr(f"asked/{sha256(name.encode()).hexdigest()}", WINDOW_S))
