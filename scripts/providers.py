"""Set the OpenID Connect provider whose tokens a store takes, and what their claims mean; a sub-command of `stores`."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any, TextIO

import click

from lrs.auth.openid.connecting import connect_provider, disconnect_provider, find_fault
from lrs.auth.providers import LEARNER_KINDS, LearnerKind, Pairs, Provider
from lrs.auth.stores import store_named
from scripts.command import command
from scripts.options import json_option, store_argument
from scripts.output import print_result
from scripts.session import open_database

CALLBACK = "/sign-in/openid/back"
PAIR_HELP = "GROUP is a value of the groups claim, or * for every token. Repeat for several."


class Pair(click.ParamType[tuple[str, str]]):
    """A group and what it brings, such as learners=recommendations/read/mine."""

    name = "group=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """Return the group and the value."""
        group, joint, other = str(value).rpartition("=")
        if not joint or not group or not other:
            self.fail(f"{value!r} is not GROUP=VALUE, such as staff=statements/read.", param, ctx)
        return group, other


PAIR = Pair()


@command(
    examples=[
        "acme",
        "acme --issuer https://login.example.org --audience learnerprise --scope '*=recommendations/read/mine'",
        "acme --issuer https://login.example.org --audience learnerprise --learner mail --groups-claim "
        "realm_access.roles --scope 'staff=record/read/mine' --role 'engineers=Engineer'",
        "acme --issuer https://login.example.org --audience learnerprise --client-id pages --scope "
        "'*=recommendations/read/mine' --scope '*=record/read/mine'",
        "acme --off",
    ]
)
@store_argument
@click.option("--issuer", metavar="URL", help="The provider, as its tokens name it (iss).")
@click.option("--audience", help="Whom tokens must be for (aud): often the client id of an application.")
@click.option(
    "--learner",
    type=click.Choice(LEARNER_KINDS),
    default="account",
    show_default=True,
    help="Whether a learner is named by an account or by a mail address.",
)
@click.option(
    "--claim", help="The claim that names the learner; by default sub or, of mail addresses, email."
)
@click.option(
    "--home-page", default="", metavar="IRI", help="homePage of the accounts; by default the issuer."
)
@click.option("--unverified-mail", is_flag=True, help="Take mail addresses that the provider did not verify.")
@click.option(
    "--groups-claim", default="roles", show_default=True, help="The claim that holds roles or groups."
)
@click.option(
    "--scope", "scopes", type=PAIR, multiple=True, metavar="GROUP=SCOPE", help=f"A scope. {PAIR_HELP}"
)
@click.option("--role", "roles", type=PAIR, multiple=True, metavar="GROUP=ROLE", help=f"A role. {PAIR_HELP}")
@click.option(
    "--client-id", default="", help="Let people sign in to the pages as this client of the provider."
)
@click.option(
    "--client-secret-file",
    type=click.File(),
    help="File with the secret of that client; without one it is a public client.",
)
@click.option("--off", is_flag=True, help="Take no tokens of a provider any more.")
@json_option
def openid(  # noqa: PLR0913  # one argument for each option
    store: str,
    issuer: str | None,
    audience: str | None,
    learner: LearnerKind,
    claim: str | None,
    home_page: str,
    unverified_mail: bool,
    groups_claim: str,
    scopes: Pairs,
    roles: Pairs,
    client_id: str,
    client_secret_file: TextIO | None,
    off: bool,
    as_json: bool,
) -> None:
    """Set the OpenID Connect provider of a store, with all that its claims mean; without options show it.

    What is set replaces what was set before, on every worker at once.
    """
    provider = None
    if issuer is not None and audience is not None and not off:
        claim = claim or ("email" if learner == "mail" else "sub")
        verified = not unverified_mail
        provider = Provider(
            issuer, audience, learner, claim, home_page, verified, groups_claim, scopes, roles, client_id
        )
        if client_secret_file is not None:
            provider = replace(provider, client_secret=client_secret_file.read().strip())
    elif issuer or audience:
        raise click.UsageError("Give both --issuer and --audience, or --off alone.")
    _apply(store, provider, off=off, as_json=as_json)


def _apply(name: str, provider: Provider | None, *, off: bool, as_json: bool) -> None:
    """Change the provider of a store if there is a change, and print what is set then."""
    with open_database() as database:
        store = store_named(database, name)
        if provider is not None:
            store = connect_provider(database, store, provider)
        elif off:
            store = disconnect_provider(database, store)
    kept = store.openid
    fault = find_fault(kept) if kept else None
    shown = {name: value for name, value in asdict(kept).items() if name != "client_secret"} if kept else None
    values = {"store": store.name, "openid": shown, "fault": fault}
    print_result(values, _sentence(store.name, kept, fault), as_json=as_json)


def _sentence(name: str, provider: Provider | None, fault: str | None) -> str:
    if provider is None:
        return f"The store {name!r} takes no tokens of an OpenID Connect provider."
    lines = [f"The store {name!r} takes tokens of {provider.issuer} for the audience {provider.audience!r}."]
    who = "mail address" if provider.learner == "mail" else f"account at {provider.account_home_page}"
    lines.append(f"learner  claim {provider.learner_claim}, {who}")
    lines += [f"scope    {group}: {scope}" for group, scope in provider.scopes]
    lines += [f"role     {group}: {role}" for group, role in provider.roles]
    if provider.client_id:
        lines.append(f"sign in  as the client {provider.client_id}, back to {CALLBACK} of this service")
    if not provider.scopes:
        lines.append("No scope is set, so its tokens allow nothing; set some with --scope.")
    if fault:
        lines.append(f"Its keys cannot be read from this machine now: {fault}.")
    return "\n".join(lines)
