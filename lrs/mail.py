"""Mail through the SMTP server that the settings name, sent in the background."""

from __future__ import annotations

import logging
import smtplib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from lrs.batched_writes import BatchedWrites
from lrs.config import Settings, is_loopback
from lrs.logging import log_failure

PAUSE_S = 0.05
WITHIN_S = 10.0
PLAIN, TLS = "smtp", "smtps"

_logger = logging.getLogger("lrs.mail")


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in plain text."""

    recipient: str
    subject: str
    text: str


class MailSender:
    """Sends mails without letting a request wait; what cannot be sent is logged without saying to whom."""

    def __init__(self, settings: Settings) -> None:
        self._url = urlsplit(settings.smtp_url)
        self._sender = settings.mail_from
        self._waiting: BatchedWrites[Mail] = BatchedWrites("mail", self._send_all, PAUSE_S)

    @property
    def is_set(self) -> bool:
        """Whether the settings name a server."""
        return bool(self._url.hostname)

    def send(self, mail: Mail) -> None:
        """Let a mail be sent soon."""
        self._waiting.add(mail)

    def stop(self) -> None:
        """Send what is waiting."""
        self._waiting.flush()

    def _send_all(self, mails: Sequence[Mail]) -> None:
        try:
            with self._connected() as server:
                self._log_in(server)
                for mail in mails:
                    self._send_one(server, mail)
        except (OSError, smtplib.SMTPException) as error:
            log_failure(_logger, "mail_not_sent", mails=len(mails), error=type(error).__name__)

    def _connected(self) -> smtplib.SMTP:
        host, port = self._url.hostname or "", self._url.port
        if self._url.scheme == TLS:
            return smtplib.SMTP_SSL(host, port or 465, timeout=WITHIN_S, context=_context(host))
        return smtplib.SMTP(host, port or 25, timeout=WITHIN_S)

    def _log_in(self, server: smtplib.SMTP) -> None:
        """Begin TLS where the server has it, and log in; raise SMTPException rather than send a password in clear."""
        host, is_safe = self._url.hostname or "", self._url.scheme == TLS
        server.ehlo_or_helo_if_needed()
        if not is_safe and server.has_extn("starttls"):
            server.starttls(context=_context(host))
            is_safe = True
        if self._url.username:
            if not is_safe and not is_loopback(host):
                raise smtplib.SMTPNotSupportedError(
                    "The mail server has no TLS, and would read the password."
                )
            server.login(unquote(self._url.username), unquote(self._url.password or ""))

    def _send_one(self, server: smtplib.SMTP, mail: Mail) -> None:
        """Send a mail; one that the server refuses does not keep back the others."""
        try:
            server.send_message(self._written(mail), to_addrs=[mail.recipient])
        except smtplib.SMTPServerDisconnected:
            raise
        except (smtplib.SMTPException, ValueError) as error:
            log_failure(_logger, "mail_not_sent", mails=1, error=type(error).__name__)

    def _written(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.recipient, mail.subject
        message.set_content(mail.text)
        return message


def _context(host: str) -> ssl.SSLContext:
    """Return how TLS is spoken: the certificate is checked, except on this machine, where nothing travels."""
    context = ssl.create_default_context()
    if is_loopback(host):
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context
