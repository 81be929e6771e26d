"""The whole loop in one command: serve, post a demo organisation, train, evaluate, promote, recommend."""

from __future__ import annotations

import click

from scripts.command import command, run, until_stopped
from scripts.demo.organisation import MINIMUM_LEARNERS
from scripts.demo.walkthrough import Demo
from scripts.serve import EMBEDDED_NOTE
from scripts.session import recommender_settings, running_service, service_settings

STOPPED = "\nStopped. The data is kept; the next run goes on with it."


@command(examples=["", "--learners 50"])
@click.option(
    "--learners",
    type=click.IntRange(min=MINIMUM_LEARNERS),
    default=300,
    show_default=True,
    help="How many people, on first use.",
)
def main(learners: int) -> None:
    """Serve a demo organisation with recommendations, until Ctrl-C.

    Starts the service, posts half a year of an invented company over HTTP, trains and evaluates a model, and
    prints what it recommends to three people. A second run goes on with the same data.
    """
    settings = service_settings()
    recommender_settings()  # a value that does not fit is reported before any work
    if not settings.mongodb_uri:
        click.echo(EMBEDDED_NOTE)
    with until_stopped(STOPPED), running_service(settings) as service:
        demo = Demo(service.database, service.server.url, settings.data_folder / "demo.json", learners)
        demo.load()
        report = demo.train()
        demo.respond()
        demo.show(report)
        click.echo(f"Log     {service.log}\nServing at {service.server.url} until Ctrl-C.")
        service.server.wait()


if __name__ == "__main__":
    run(main)
