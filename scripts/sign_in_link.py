"""Make a link that signs one person in to the pages, once."""

from __future__ import annotations

import click

from lrs.auth.roles import ROLES
from lrs.auth.sign_in_links import PATH, VALID_MINUTES, SignInLinks
from lrs.auth.stores import store_named
from schemas.identifiers import identifier_of_mail
from scripts.command import command, run
from scripts.options import json_option, scope_option, store_argument
from scripts.output import print_result
from scripts.session import open_database, service_settings, store_pseudonyms


@command(
    examples=[
        "acme --mail ada@example.org",
        "acme --mail ada@example.org --role officer",
        "acme --mail ada@example.org --scope insights/community",
    ],
)
@store_argument
@click.option("--mail", required=True, metavar="ADDRESS", help="Who signs in, by mail address.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice(list(ROLES)),
    help="Repeat for several; default learner.",
)
@scope_option("One more scope. Repeat for several.")
@json_option
def main(store: str, mail: str, roles: tuple[str, ...], scopes: tuple[str, ...], as_json: bool) -> None:
    """Make a link that signs one person in to the pages, once, within 15 minutes.

    Whoever opens it is that person, so hand it to nobody else.
    """
    learner = identifier_of_mail(mail)
    if learner is None:
        raise click.UsageError(f"{mail!r} is not a mail address; give one such as ada@example.org.")
    wanted = {*scopes, *(scope for role in roles or ("learner",) for scope in ROLES[role])}
    with open_database() as database:
        token = SignInLinks(database, store_pseudonyms()).make(
            store_named(database, store), learner, wanted, mail
        )
    link = f"{service_settings().authority.rstrip('/')}{PATH}?token={token}"
    values = {"link": link, "minutes": VALID_MINUTES, "scopes": sorted(wanted)}
    print_result(values, f"{link}\nIt works once, within {VALID_MINUTES} minutes.", as_json=as_json)


if __name__ == "__main__":
    run(main)
