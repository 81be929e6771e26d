"""The steps of the demo: it posts an organisation, trains, and shows what is recommended to three people."""

from __future__ import annotations

import json
import textwrap
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from itertools import cycle
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import click

from lrs.auth.credentials import check_credential, create_credential
from lrs.auth.roles import ROLES, Entrance
from lrs.auth.stores import create_store, find_store, set_entrances
from lrs.errors import UnauthorizedError
from lrs.storage.database import Database
from recommender.errors import TrainingInProgressError
from recommender.metrics.report import EvaluationReport
from recommender.models.registry import current_version, find_model
from recommender.training.jobs import retrain
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from scripts.demo.communities import gather
from scripts.demo.managed import managed_tables
from scripts.demo.organisation import Learner, build_organisation, named_learners
from scripts.demo.posting import CSV, Endpoint, HttpConnection, post_statements, post_tables
from scripts.demo.responses import path_of, respond
from scripts.demo.statements import generate_statements, write_statements
from scripts.demo.wishes import events, help_wanted
from scripts.demo.workforce import new_editions, table_of_colleagues, table_of_measures, table_of_wishes
from scripts.output import Progress
from scripts.session import recommender_settings

STORE = "demo"
NUGGETS, PEERS = 4, 3
DECLINES_ONE_IN = 5


class Demo:
    """The demo's store: what is done already is kept in a file, so that a second run starts in seconds."""

    def __init__(self, database: Database, url: str, state: Path, learners: int) -> None:
        self._database = database
        self._state = state
        self._kept = self._read()
        self._store = find_store(database, STORE) or create_store(database, STORE)
        self._endpoint = Endpoint(url, *self._credential())
        self._learners: int = self._kept.get("learners", learners)
        self._organisation = build_organisation(learners=self._learners)
        self._open_doors()

    def _read(self) -> dict[str, Any]:
        try:
            kept: dict[str, Any] = json.loads(self._state.read_text())
        except (OSError, ValueError):
            return {}
        return kept

    def _keep(self, **values: Any) -> None:
        self._kept |= values
        self._state.touch(mode=0o600)
        self._state.write_text(json.dumps(self._kept, indent=2))

    def _credential(self) -> tuple[str, str]:
        try:
            pair = self._kept.get("key", ""), self._kept.get("secret", "")
            check_credential(self._database, *pair)
        except UnauthorizedError:
            pair = create_credential(self._database, self._store, "Demo")
            self._keep(key=pair[0], secret=pair[1], loaded=False)
        return pair

    def _open_doors(self) -> None:
        """Let visitors sign in as one person of each role, without a password."""
        people = zip(ROLES, cycle(self._organisation.learners), strict=False)
        doors = tuple(Entrance(role, one.name, identifier_of(one.agent) or "") for role, one in people)
        if self._store.entrances != doors:
            self._store = set_entrances(self._database, self._store, doors)

    def load(self) -> None:
        """Post the organisation's half year over HTTP, and the learners' choices about being suggested."""
        if self._kept.get("loaded"):
            return
        until = datetime.fromisoformat(self._kept.get("until") or _start_of_today())
        self._keep(until=until.isoformat(), learners=self._learners)
        click.echo(
            f"Posting half a year of {self._organisation.name} to {self._endpoint.url}/xapi/statements ..."
        )
        statements = list(generate_statements(learners=self._learners, until=until))
        gathered = gather(self._organisation, until)
        statements += write_statements(self._organisation, gathered, f"communities/{until.isoformat()}")
        post_statements(self._endpoint, statements)
        post_tables(self._endpoint, managed_tables(self._organisation))
        self._post_choices()
        self._post_wishes(until)
        self._post_workforce(until)
        self._keep(loaded=True, responded=False)

    def _post_choices(self) -> None:
        connection = HttpConnection(self._endpoint)
        for number, learner in enumerate(self._organisation.learners):
            agrees = number % DECLINES_ONE_IN != 0
            choices = dict.fromkeys(("peer", "managers", "roles"), agrees)
            connection.request("PUT", path_of("consents", learner), dump_json(choices))

    def _post_wishes(self, until: datetime) -> None:
        """Let some learners ask for help, and enter events around this day, and nuggets that are there twice."""
        post_statements(self._endpoint, help_wanted(self._organisation))
        connection = HttpConnection(self._endpoint)
        entries = [*events(until), *new_editions(self._organisation)]
        for activity, values in entries:
            path = f"/recommendations/catalogue/nuggets?{urlencode({'activity': activity})}"
            connection.request("PUT", path, dump_json(values))

    def _post_workforce(self, until: datetime) -> None:
        """Enter people who do not learn here yet, wishes that nothing meets, and what is measured of teams."""
        for table in (table_of_colleagues(self._organisation), table_of_wishes(self._organisation)):
            post_tables(self._endpoint, {"learners": table})
        measures = table_of_measures(self._organisation, until)
        HttpConnection(self._endpoint).request("POST", "/insights/measures", measures, CSV)

    def respond(self) -> None:
        """Let people be shown what is recommended to them, and act on it, once."""
        if self._kept.get("responded"):
            return
        click.echo("Showing people what is recommended to them ...")
        respond(self._endpoint, self._organisation, self._organisation.learners[: len(ROLES)])
        self._keep(responded=True)

    def train(self) -> EvaluationReport:
        """Train, evaluate and promote, unless that was done; return the evaluation of the model promoted."""
        version = current_version(self._database, self._store.id)
        if version is None:
            click.echo("Training ...")
            version = self._retrain()
        return EvaluationReport.from_dict(find_model(self._database, self._store.id, version).evaluation)

    def _retrain(self) -> int:
        """Train; a training that was killed a moment ago holds the store for a minute, so wait for that."""
        settings = recommender_settings()
        deadline = time.monotonic() + 2 * settings.service.lease_s
        with Progress() as progress:
            while True:
                try:
                    return retrain(self._database, self._store, settings, progress.step, force=True).version
                except TrainingInProgressError:
                    if time.monotonic() > deadline:
                        raise
                    progress.step("another training of this store runs or was killed just now; waiting")
                    time.sleep(5)

    def show(self, report: EvaluationReport) -> None:
        """Print the evaluation, three learners with what is recommended to them, and how to ask for it."""
        click.echo(f"\nHow well the model foresees what learners did next:\n\n{report.as_text()}")
        connection = HttpConnection(self._endpoint)
        for learner in named_learners(self._organisation):
            click.echo(
                f"\n{'-' * 100}\n{learner.name}, {learner.role.name}, reads {', '.join(learner.languages)}"
            )
            self._show_nuggets(connection, learner)
            self._show_peers(connection, learner)
        click.echo(
            f"\n{'-' * 100}\nOpen    {self._endpoint.url}/  in a browser: one click signs you in as each role"
        )
        click.echo(f"xAPI    {self._endpoint.url}/xapi/")
        click.echo(f"Key     {self._endpoint.key}\nSecret  {self._endpoint.secret}")

    def _show_nuggets(self, connection: HttpConnection, learner: Learner) -> None:
        path = path_of("nuggets", learner, limit=NUGGETS)
        click.echo("\n  Nuggets:")
        for one in connection.request("GET", path)["recommendations"]:
            definition = one["activity"].get("definition", {})
            names = definition.get("name", {})
            read = [title for tag, title in names.items() if tag in learner.languages]
            name = next(iter([*read, *names.values()]), one["activity"]["id"])
            _show(one["rank"], name, one["reasons"])
        self._show_curl(path)

    def _show_peers(self, connection: HttpConnection, learner: Learner) -> None:
        path = path_of("peers", learner, limit=PEERS)
        click.echo("\n  Peers:")
        for one in connection.request("GET", path)["recommendations"]:
            _show(one["rank"], one["agent"].get("name", str(one["agent"])), one["reasons"])
        self._show_curl(path)

    def _show_curl(self, path: str) -> None:
        user = f"{self._endpoint.key}:{self._endpoint.secret}"
        click.echo(f"\n  curl -u {user} '{self._endpoint.url}{path}'")


def _show(rank: int, name: str, reasons: Sequence[str]) -> None:
    click.echo(f"    {rank}. {name}")
    click.echo(textwrap.fill("; ".join(reasons), 100, initial_indent=" " * 7, subsequent_indent=" " * 7))


def _start_of_today() -> str:
    return datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()
