"""The command `learnerprise`: each command is a module of its own, imported when it is called."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click
from click.shell_completion import CompletionItem

from scripts.command import Group, run

COMMANDS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Running": {
        "serve": ("serve", "Serve the LRS and the recommender."),
        "demo": ("demo.__main__", "Serve a demo organisation with recommendations."),
        "status": ("status", "Show what runs: web server, database, disk, clock."),
        "settings": ("settings_table", "List the settings, each an environment variable."),
    },
    "Stores": {
        "stores": ("stores", "Create, list, change, close and remove stores (tenants)."),
        "people": ("people", "Show, join and part people with many names."),
        "credentials": ("credentials", "Create, list and revoke credentials."),
        "audit": ("audit", "List who asked for data of people, and verify the list."),
        "refusals": ("refusals", "Count what was refused, by credential and rule."),
        "digest": ("digest", "Send the weekly digest and the monthly report to those who asked."),
    },
    "People": {
        "sign-in-link": ("sign_in_link", "Make a link that signs one person in to the pages."),
        "privacy": ("privacy", "Export, erase and pseudonymise people; say what is held of them."),
    },
    "Statements": {
        "import": ("import_statements", "Import Statements from NDJSON, plain or gzip."),
        "convert-interactions": ("convert_interactions", "Turn a CSV of interactions into Statements."),
        "load-demo": ("load_demo", "Post the demo organisation to any LRS."),
    },
    "Catalogue": {
        "catalogue": ("catalogue", "Import and export nuggets, roles and learners as CSV."),
        "vocabulary": ("vocabulary", "Change what verbs and Activity types mean to a store."),
    },
    "Models": {
        "retrain": ("retrain", "Train and evaluate a model; promote it if good enough."),
        "evaluate": ("evaluate", "Measure the recommendations beside their baselines."),
        "models": ("models", "List, compare, promote and roll back model versions."),
        "experiments": ("experiments", "Compare two model versions on live traffic."),
        "online": ("online", "Measure how often recommendations were opened and completed."),
    },
    "Development": {
        "benchmark": ("benchmark", "Measure speed beside its limits."),
        "next-steps": ("next_steps", "Measure the next step in courses beside their usual order."),
        "quality": ("quality", "Measure recommendations against their goals on a data set."),
        "conformance": ("conformance", "Run the ADL conformance suite for both xAPI versions."),
        "fuzz": ("fuzz", "Send requests made from the OpenAPI description; none may fail."),
    },
}
"""The module and the summary of each command, by the heading it has in the help."""

_LISTED = {name: listed for commands in COMMANDS.values() for name, listed in commands.items()}


class LearnerpriseGroup(Group):
    """All commands by name; help and completion of names import none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands."""
        return list(_LISTED)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command and return it; None if there is none of this name."""
        if cmd_name not in _LISTED:
            return None
        found: click.Command = import_module(f"scripts.{_LISTED[cmd_name][0]}").main
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name; suggest similar names for one that does not exist."""
        if args[0] not in _LISTED and not args[0].startswith("-") and not ctx.resilient_parsing:
            raise click.exceptions.NoSuchCommand(args[0], possibilities=list(_LISTED), ctx=ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the names and summaries under their headings."""
        for heading, commands in COMMANDS.items():
            with formatter.section(heading):
                formatter.write_dl([(name, summary) for name, (_, summary) in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Return the names that begin so."""
        names = [name for name in _LISTED if name.startswith(incomplete)]
        options = click.Command.shell_complete(self, ctx, incomplete)
        return [*(CompletionItem(name, help=_LISTED[name][1]) for name in names), *options]


@click.command(
    cls=LearnerpriseGroup,
    epilog="Each command explains itself: learnerprise COMMAND --help. Settings are environment variables: "
    "learnerprise settings.",
)
def group() -> None:
    """Run and administer Learnerprise, an xAPI Learning Record Store that recommends nuggets and peers."""


def main() -> None:
    """Run the command that the arguments name, and end the process."""
    run(group)


if __name__ == "__main__":
    main()
