"""Register the LTI 1.3 platforms whose launches a store takes; a sub-command of `stores`."""

from __future__ import annotations

from dataclasses import asdict

import click

from lrs.auth.lti.connecting import connect_platform, disconnect_platform, find_key_fault
from lrs.auth.platforms import Platform
from lrs.auth.providers import LEARNER_KINDS, LearnerKind
from lrs.auth.stores import Store, store_named
from scripts.command import command
from scripts.options import json_option, store_argument
from scripts.output import print_result
from scripts.session import open_database

ADDRESSES = (
    "The platform is given /lti/login, /lti/launch and /lti/jwks of this service (all at /lti/configuration)."
)


@command(
    examples=[
        "acme",
        "acme --issuer https://moodle.example.org --client-id aBcDeF --deployment 1 "
        "--login-url https://moodle.example.org/mod/lti/auth.php "
        "--keys-url https://moodle.example.org/mod/lti/certs.php",
        "acme --issuer https://moodle.example.org --client-id aBcDeF --off",
    ]
)
@store_argument
@click.option("--issuer", metavar="URL", help="The platform, as its messages name it (iss).")
@click.option("--client-id", help="The client id that the platform gave this service.")
@click.option("--deployment", "deployments", multiple=True, help="A deployment id. Repeat for several.")
@click.option(
    "--login-url", metavar="URL", help="Where the platform signs people in (authentication request URL)."
)
@click.option("--keys-url", metavar="URL", help="Where the platform publishes its keys (JWKS).")
@click.option(
    "--learner",
    type=click.Choice(LEARNER_KINDS),
    default="account",
    show_default=True,
    help="Whether a learner is named by the user id (sub), as an account, or by the mail address (email).",
)
@click.option(
    "--home-page", default="", metavar="IRI", help="homePage of the accounts; by default the issuer."
)
@click.option(
    "--origin",
    "origins",
    multiple=True,
    metavar="URL",
    help="An origin whose pages may frame ours; by default that of the issuer. Repeat for several.",
)
@click.option("--managers", is_flag=True, help="Show instructors the page for community managers.")
@click.option("--off", is_flag=True, help="Take no launches of this platform any more.")
@json_option
def lti(  # noqa: PLR0913  # one argument for each option
    store: str,
    issuer: str | None,
    client_id: str | None,
    deployments: tuple[str, ...],
    login_url: str | None,
    keys_url: str | None,
    learner: LearnerKind,
    home_page: str,
    origins: tuple[str, ...],
    managers: bool,
    off: bool,
    as_json: bool,
) -> None:
    """Register an LTI 1.3 platform with a store; without options show those that it has.

    What is set replaces what was set for the same issuer and client id before, on every worker at once.
    """
    named = (issuer, client_id)
    given = (*named, deployments, login_url, keys_url)
    if any(given) and not all(named if off else given):
        raise click.UsageError(
            "Give --issuer, --client-id, --deployment, --login-url and --keys-url; with --off the first two."
        )
    with open_database() as database:
        found = store_named(database, store)
        if off and issuer and client_id:
            found = disconnect_platform(database, found, issuer, client_id)
        elif issuer and client_id and login_url and keys_url:
            addresses = (login_url, keys_url)
            platform = Platform(
                issuer, client_id, deployments, *addresses, learner, home_page, origins, managers
            )
            found = connect_platform(database, found, platform)
    _print(found, as_json=as_json)


def _print(store: Store, *, as_json: bool) -> None:
    """Print the platforms of a store, and whether their keys can be read."""
    faults = [find_key_fault(one) for one in store.platforms]
    shown = [{**asdict(one), "fault": fault} for one, fault in zip(store.platforms, faults, strict=True)]
    lines = [f"The store {store.name!r} takes launches of {len(shown)} LTI platforms."]
    for one, fault in zip(store.platforms, faults, strict=True):
        who = f"account at {one.home_page or one.issuer}" if one.learner == "account" else "mail address"
        lines.append(f"{one.issuer}  client {one.client_id}, deployments {', '.join(one.deployments)}")
        lines.append(f"  learner  claim {one.claim}, {who}")
        lines.append(f"  framed   by {', '.join(one.framing)}")
        lines += ["  managers instructors of a course"] if one.has_managers else []
        lines += [f"  Its keys cannot be read from this machine now: {fault}."] if fault else []
    lines.append(ADDRESSES)
    print_result({"store": store.name, "platforms": shown}, "\n".join(lines), as_json=as_json)
