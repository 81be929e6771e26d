"""Only the engine of the embedded server, and what starts its process, knows of that server."""

import re

import pytest

WORDS = re.compile(r"embedded|secantus|wired ?tiger|landmark|densit(?:y|ies)", re.IGNORECASE)
OF_THE_SERVER = "lrs/storage/embedded_engine/"
STARTS_ITS_PROCESS = ("lrs/config.py", "scripts/")  # and has its settings
CHOOSES = "lrs/storage/database.py"


@pytest.fixture
def mentions(project):
    """Return the lines of the code that name the server, by module."""
    paths = [
        path
        for root in ("lrs", "pages", "recommender", "schemas", "scripts")
        for path in (project / root).rglob("*.py")
    ]
    found = {}
    for path in paths:
        name = path.relative_to(project).as_posix()
        lines = [line.strip() for line in path.read_text().splitlines() if WORDS.search(line)]
        if lines and not name.startswith(OF_THE_SERVER):
            found[name] = lines
    return found


def test_nothing_else_names_the_embedded_server(mentions):
    assert [name for name in mentions if not name.startswith(STARTS_ITS_PROCESS)] == [CHOOSES]


def test_the_engine_is_chosen_at_one_place(mentions):
    assert mentions[CHOOSES] == [
        "from lrs.storage.embedded_engine.engine import EmbeddedEngine",
        'is_embedded = EmbeddedEngine.recognises(client.admin.command("buildInfo"))',
        "engine = EmbeddedEngine if is_embedded else MongodbEngine",
    ]
