"""Mail: in TLS where the server has it, no password in clear, and one refused mail keeps back no other."""

import socketserver
import threading
from typing import ClassVar

import pytest

from lrs.config import Settings
from lrs.mail import Mail, MailSender


@pytest.fixture
def relay():
    """A mail server that refuses `bad@...`; `said` are the lines it was sent, `answers` what it says to a command."""

    class Relay(socketserver.StreamRequestHandler):
        said: ClassVar[list[str]] = []
        answers: ClassVar[dict[str, bytes]] = {"DATA": b"354 go on\r\n", "QUIT": b"221 bye\r\n"}

        def handle(self):
            self.wfile.write(b"220 ready\r\n")
            while line := self.rfile.readline().decode().strip():
                self.said.append(line)
                fine = b"550 nobody\r\n" if "<bad@" in line else b"250 fine\r\n"
                self.wfile.write(self.answers.get(line.split()[0].upper(), fine))
                if line.upper() == "DATA":
                    list(iter(self.rfile.readline, b".\r\n"))
                    self.wfile.write(b"250 kept\r\n")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    Relay.port = server.server_address[1]
    yield Relay
    server.shutdown()
    server.server_close()


def send(url, *recipients):
    sender = MailSender(Settings(smtp_url=url, mail_from="lrs@example.org"))
    for recipient in recipients:
        sender.send(Mail(recipient, "Hello", "text"))
    sender.stop()


def test_a_mail_that_is_refused_keeps_back_no_other(relay):
    relay.said.clear()
    send(f"smtp://127.0.0.1:{relay.port}", "bad@example.org", "two\nlines@example.org", "ada@example.org")
    assert [line.upper() for line in relay.said if "@example.org>" in line and "rcpt" in line.lower()] == [
        "RCPT TO:<BAD@EXAMPLE.ORG>",
        "RCPT TO:<ADA@EXAMPLE.ORG>",
    ]
    assert [line.upper() for line in relay.said].count("DATA") == 1


def test_a_server_that_has_tls_is_spoken_to_in_tls_alone(relay, monkeypatch):
    monkeypatch.setitem(relay.answers, "EHLO", b"250-here\r\n250 STARTTLS\r\n")
    monkeypatch.setitem(relay.answers, "STARTTLS", b"454 not now\r\n")
    relay.said.clear()
    send(f"smtp://ada:secret@127.0.0.1:{relay.port}", "ada@example.org")
    assert [line.split()[0].upper() for line in relay.said] == ["EHLO", "STARTTLS", "QUIT"]
