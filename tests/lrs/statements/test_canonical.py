"""However large definitions are, a page in canonical format holds each Statement once and ends at bytes."""

import json

import pytest

from lrs.storage import chunks
from lrs.storage.embedded_engine import pages
from schemas.queries import StatementQuery
from schemas.versions import XAPI_1_0_3

BYTES = 10_000


def choose(languages):
    return languages[0]


@pytest.fixture
def activity():
    """Make an Activity with a definition of about so many bytes."""

    def make(number, size=0):
        target = {"id": f"https://example.org/activities/{number}"}
        return {**target, "definition": {"description": {"en": "x" * size}}} if size else target

    return make


@pytest.fixture
def read_pages(service, credential):
    """Return the texts of all pages."""

    def read(**query):
        wanted = StatementQuery(**query)
        page = service.reader.query_statements(wanted, credential, choose)
        found = [page.texts]
        while page.next_token:
            _, page = service.reader.continue_query(page.next_token, credential, choose)
            found.append(page.texts)
        return found

    return read


@pytest.mark.parametrize("format_", ["exact", "ids", "canonical"])
@pytest.mark.parametrize("size", [200, 3_000, 11_000])
def test_pages_end_at_bytes_in_every_format(
    service, credential, statements, activity, read_pages, monkeypatch, format_, size
):
    sent = statements(24)
    for number, statement in enumerate(sent):
        statement["object"] = activity(number % 6, size if number < 6 else 0)
        statement["context"] = {"contextActivities": {"other": [activity((number + 1) % 6)]}}
    service.writer.store_statements(json.dumps(sent).encode(), credential, XAPI_1_0_3)
    for module in (chunks, pages):
        monkeypatch.setattr(module, "BYTES_AT_ONCE", BYTES)
    found = read_pages(format=format_)
    assert [json.loads(text)["id"] for page in found for text in page] == [one["id"] for one in sent[::-1]]
    assert all(page and (sum(map(len, page)) <= BYTES or len(page) == 1) for page in found)
    whole = [json.loads(text) for page in found for text in page]
    shown = {json.dumps(one["object"].get("definition")) for one in whole}
    assert (len(shown) == 1) == (format_ != "exact")
