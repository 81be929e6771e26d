"""Mail through the SMTP server that the settings name, sent in the background."""

from __future__ import annotations

import logging
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from lrs.batched_writes import BatchedWrites
from lrs.config import Settings
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
                for mail in mails:
                    server.send_message(self._written(mail))
        except (OSError, smtplib.SMTPException) as error:
            log_failure(_logger, "mail_not_sent", mails=len(mails), error=type(error).__name__)

    def _connected(self) -> smtplib.SMTP:
        host, is_tls = self._url.hostname or "", self._url.scheme == TLS
        kind = smtplib.SMTP_SSL if is_tls else smtplib.SMTP
        server = kind(host, self._url.port or (465 if is_tls else 25), timeout=WITHIN_S)
        if not is_tls and server.has_extn("starttls"):
            server.starttls()
        if self._url.username:
            server.login(unquote(self._url.username), unquote(self._url.password or ""))
        return server

    def _written(self, mail: Mail) -> EmailMessage:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = self._sender, mail.recipient, mail.subject
        message.set_content(mail.text)
        return message
