"""Send the weekly digest to the learners who asked for it."""

from __future__ import annotations

import click
from flask import Flask

from lrs.auth.stores import open_stores, store_named
from lrs.auth.tokens import token_secret
from lrs.errors import ConfigurationError
from lrs.mail import MailSender
from pages.digest_mail import mail_digests
from pages.rendering import register_rendering
from recommender.api.requests import EXTENSION
from recommender.serving.context import open_serving
from scripts.command import command, run
from scripts.options import json_option
from scripts.output import print_result
from scripts.session import open_database, recommender_settings, service_settings


@command(examples=["", "acme"])
@click.argument("store", required=False)
@json_option
def main(store: str | None, as_json: bool) -> None:
    """Send the weekly digest as mail to the learners who asked for it, of one store or of all.

    Each gets it once a week, from Monday (UTC) on, however often this is run: let cron run it each morning.
    """
    settings = service_settings()
    sender = MailSender(settings)
    if not sender.is_set:
        raise ConfigurationError("There is no server to send mails by; set LEARNERPRISE_SMTP_URL.")
    app, address = Flask("digest"), settings.authority.rstrip("/")
    register_rendering(app)
    with open_database() as database, app.test_request_context(base_url=address):
        app.extensions[EXTENSION] = open_serving(
            database, recommender_settings().service, settings.secret_key
        )
        secret = token_secret(database, settings.secret_key)
        stores = [store_named(database, store)] if store else open_stores(database)
        sent = sum(mail_digests(one, sender.send, address, secret) for one in stores)
        sender.stop()
    print_result({"sent": sent}, f"{sent} sent.", as_json=as_json)


if __name__ == "__main__":
    run(main)
