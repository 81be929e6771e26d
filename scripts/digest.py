"""Send the weekly digest, and the monthly report, to those who asked for them."""

from __future__ import annotations

import click
from flask import Flask

from lrs.auth.stores import open_stores, store_named
from lrs.auth.tokens import token_secret
from lrs.errors import ConfigurationError
from lrs.mail import MailSender
from pages.digest_mail import mail_digests
from pages.rendering import register_rendering
from pages.report_mail import mail_reports
from recommender.api import insights
from recommender.api.requests import EXTENSION
from recommender.insights.asking import Insights
from recommender.serving.context import open_serving
from scripts.command import command, run
from scripts.options import json_option
from scripts.output import print_result
from scripts.session import open_database, recommender_settings, service_settings


@command(examples=["", "acme"])
@click.argument("store", required=False)
@json_option
def main(store: str | None, as_json: bool) -> None:
    """Send the weekly digest and the monthly report as mail to those who asked for them, of one store or of all.

    Each gets the digest once a week, from Monday (UTC) on, and the report of last month once a month, however often
    this is run: let cron run it each morning.
    """
    settings = service_settings()
    sender = MailSender(settings)
    if not sender.is_set:
        raise ConfigurationError("There is no server to send mails by; set LEARNERPRISE_SMTP_URL.")
    app, address = Flask("digest"), settings.authority.rstrip("/")
    register_rendering(app)
    with open_database() as database, app.test_request_context(base_url=address):
        recommending = recommender_settings().service
        app.extensions[EXTENSION] = open_serving(database, recommending, settings.secret_key)
        app.extensions[insights.EXTENSION] = Insights(database, recommending)
        secret = token_secret(database, settings.secret_key)
        stores = [store_named(database, store)] if store else open_stores(database)
        sent = sum(mail_digests(one, sender.send, address, secret) for one in stores)
        reports = sum(mail_reports(one, sender.send, address, secret) for one in stores)
        sender.stop()
    print_result(
        {"sent": sent, "reports": reports}, f"{sent} digests and {reports} reports sent.", as_json=as_json
    )


if __name__ == "__main__":
    run(main)
