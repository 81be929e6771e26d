"""The whole loop in one command: serve, post a demo organisation, train, evaluate, promote, recommend."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import textwrap
import time
from collections.abc import Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from lrs.auth.credentials import check_credential, create_credential
from lrs.auth.stores import create_store, find_store
from lrs.config import Settings, read_settings
from lrs.errors import UnauthorizedError
from lrs.storage.database import Database
from lrs.storage.embedded_engine.process import running_server
from lrs.storage.records import create_indexes
from recommender.config import from_environment
from recommender.errors import RecommenderError, TrainingInProgressError
from recommender.metrics.report import EvaluationReport
from recommender.models.registry import current_version, find_model
from recommender.server import running_web_server
from recommender.training.jobs import retrain
from schemas.json_text import dump_json
from scripts.demo import (
    Learner,
    build_organisation,
    generate_statements,
    managed_tables,
    named_learners,
)
from scripts.load_demo import Endpoint, HttpConnection, post_statements, post_tables, show_posted
from scripts.serve import EMBEDDED_NOTE
from scripts.session import run

STORE = "demo"
NUGGETS, PEERS = 4, 3
DECLINES_ONE_IN = 5


def main() -> int:
    """Run the demo until Ctrl-C."""
    argparse.ArgumentParser(description=__doc__, epilog="Settings: docs/settings.md").parse_args()
    for name in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(name, _interrupt)
    settings = read_settings(os.environ)
    from_environment(os.environ)  # a setting of the recommender that does not fit is told before any work
    if not settings.mongodb_uri:
        print(EMBEDDED_NOTE, flush=True)
    try:
        _run(settings)
    except KeyboardInterrupt:
        print("\nStopped. The data is kept; `make demo` goes on with it.")
    return 0


def _run(settings: Settings) -> None:
    with running_server(settings.mongodb_uri, settings.data_folder, settings.embedded_cache) as uri:
        database = Database.connect(uri)
        create_indexes(database)
        settings.data_folder.mkdir(parents=True, exist_ok=True)
        log = settings.data_folder / "server.log"
        with running_web_server(settings, uri, log) as server:
            demo = Demo(database, server.url, settings.data_folder / "demo.json")
            demo.load()
            report = demo.train()
            demo.show(report)
            print(f"\nServing at {server.url} until Ctrl-C; the log is {log}.", flush=True)
            server.wait()


class Demo:
    """The demo's store: what is done already is kept in a file, so that a second run starts in seconds."""

    def __init__(self, database: Database, url: str, state: Path) -> None:
        self._database = database
        self._state = state
        self._kept = self._read()
        self._store = find_store(STORE) or create_store(STORE, peer_suggestions="opt_in")
        self._endpoint = Endpoint(url, *self._credential())
        self._organisation = build_organisation()

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
            check_credential(*pair)
        except UnauthorizedError:
            pair = create_credential(self._store, "Demo")
            self._keep(key=pair[0], secret=pair[1], loaded=False)
        return pair

    def load(self) -> None:
        """Post the organisation's half year over HTTP, and the learners' choices about being suggested."""
        if self._kept.get("loaded"):
            return
        until = datetime.fromisoformat(self._kept.get("until") or _start_of_today())
        self._keep(until=until.isoformat())
        print(f"Posting half a year of {self._organisation.name} to {self._endpoint.url}/xapi/statements ...")
        post_statements(self._endpoint, generate_statements(until=until), show_posted)
        print(file=sys.stderr)
        post_tables(self._endpoint, managed_tables(self._organisation))
        self._post_choices()
        self._keep(loaded=True)

    def _post_choices(self) -> None:
        connection = HttpConnection(self._endpoint)
        for number, learner in enumerate(self._organisation.learners):
            agrees = number % DECLINES_ONE_IN != 0
            connection.request("PUT", _path("peers/choice", learner), dump_json({"suggest_me": agrees}))

    def train(self) -> EvaluationReport:
        """Train, evaluate and promote, unless that was done; return the evaluation of the model promoted."""
        version = current_version(self._database, self._store.id)
        if version is None:
            print("Training ...")
            version = self._retrain()
        return EvaluationReport.from_dict(find_model(self._database, self._store.id, version).evaluation)

    def _retrain(self) -> int:
        """Train; a training that was killed a moment ago holds the store for a minute, so wait for that."""
        settings = from_environment(os.environ)
        deadline = time.monotonic() + 2 * settings.service.lease_s
        while True:
            try:
                return retrain(self._database, self._store, settings, _tell, force=True).version
            except TrainingInProgressError:
                if time.monotonic() > deadline:
                    raise
                _tell("another training of this store is under way or was killed just now; waiting")
                time.sleep(5)

    def show(self, report: EvaluationReport) -> None:
        """Print the evaluation, three learners with what is recommended to them, and how to ask for it."""
        print(f"\nHow well the model foresees what learners did next:\n\n{report.as_text()}")
        connection = HttpConnection(self._endpoint)
        for learner in named_learners(self._organisation):
            print(f"\n{'-' * 100}\n{learner.name}, {learner.role.name}, reads {', '.join(learner.languages)}")
            self._show_nuggets(connection, learner)
            self._show_peers(connection, learner)
        print(f"\n{'-' * 100}\nURL     {self._endpoint.url}/xapi/")
        print(f"Key     {self._endpoint.key}\nSecret  {self._endpoint.secret}")

    def _show_nuggets(self, connection: HttpConnection, learner: Learner) -> None:
        path = _path("nuggets", learner, limit=NUGGETS)
        print("\n  Nuggets:")
        for one in connection.request("GET", path)["recommendations"]:
            definition = one["activity"].get("definition", {})
            names = definition.get("name", {})
            read = [title for tag, title in names.items() if tag in learner.languages]
            name = next(iter([*read, *names.values()]), one["activity"]["id"])
            _show(one["rank"], name, one["reasons"])
        self._show_curl(path)

    def _show_peers(self, connection: HttpConnection, learner: Learner) -> None:
        path = _path("peers", learner, limit=PEERS)
        print("\n  Peers:")
        for one in connection.request("GET", path)["recommendations"]:
            _show(one["rank"], one["agent"].get("name", str(one["agent"])), one["reasons"])
        self._show_curl(path)

    def _show_curl(self, path: str) -> None:
        user = f"{self._endpoint.key}:{self._endpoint.secret}"
        print(f"\n  curl -u {user} '{self._endpoint.url}{path}'")


def _show(rank: int, name: str, reasons: Sequence[str]) -> None:
    print(f"    {rank}. {name}")
    print(textwrap.fill("; ".join(reasons), 100, initial_indent=" " * 7, subsequent_indent=" " * 7))


def _path(resource: str, learner: Learner, **parameters: int) -> str:
    agent = dump_json(learner.agent).decode()
    return f"/recommendations/{resource}?{urlencode({'agent': agent, **parameters})}"


def _start_of_today() -> str:
    return datetime.now(timezone.utc).replace(hour=0, minute=0, second=0, microsecond=0).isoformat()


def _tell(line: str) -> None:
    print(f"  {line}", flush=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    run(main, RecommenderError)
