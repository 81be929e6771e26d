"""Which requests are large: by their path and their parameters."""

from types import SimpleNamespace

import pytest

from scripts.web_server.heavy_routes import BATCH_BYTES, is_batch, is_heavy


def request(path, query="", command="GET", size=0):
    return SimpleNamespace(path=path, query=query, command=command, body_bytes_received=size)


@pytest.mark.parametrize(
    ("path", "query", "heavy"),
    [
        ("/xapi/statements", "", False),
        ("/xapi/statements", "statementId=1", False),
        ("/xapi/statements", "agent=%7B%7D&related_agents=true", True),
        ("/xapi/statements", "related_agents=false", False),
        ("/xapi/statements", "more=abc", True),
        ("/xapi/statements", "related%5Fagents=true", True),
        ("//xapi//statements", "more=abc", True),
        ("/lrs/xapi/statements", "more=abc", True),
        ("/xapi/activities/state", "more=abc", False),
        ("/recommendations/catalogue/nuggets", "text=nothing", True),
        ("/recommendations/catalogue/nuggets", "activity=http%3A%2F%2Fx", False),
        ("/recommendations/learners", "", True),
        ("/recommendations/outcomes", "by=day", True),
        ("/recommendations/nuggets", "agent=1", False),
    ],
)
def test_what_reads_much_is_heavy(path, query, heavy):
    assert is_heavy(request(path, query)) is heavy
    assert not is_heavy(request(path, query, "PUT"))


@pytest.mark.parametrize(("query", "heavy"), [("method=GET", True), ("method=PUT", False), ("", False)])
def test_a_form_that_reads_statements_is_heavy(query, heavy):
    assert is_heavy(request("/xapi/statements", query, "POST")) is heavy


@pytest.mark.parametrize(("size", "batch"), [(BATCH_BYTES, False), (BATCH_BYTES + 1, True)])
def test_a_large_body_is_a_batch(size, batch):
    assert is_batch(request("/xapi/statements", "", "POST", size)) is batch
