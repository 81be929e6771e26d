import json
import os
from pathlib import Path

import pytest
from marshmallow import ValidationError

from schemas.compiled import accepts, check_statement, readable_schema
from schemas.errors import InvalidInputError
from schemas.statements import StatementSchema
from schemas.versions import SERVED, XAPI_1_0_3

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def make_statement():
    def make(**properties):
        return {
            "actor": {"mbox": "mailto:ada@example.org"},
            "verb": {"id": "https://example.org/verbs/read"},
            "object": {"id": "https://example.org/nuggets/1"},
            **properties,
        }

    return make


@pytest.fixture(params=SERVED, ids=lambda rules: rules.name)
def rules(request):
    return request.param


@pytest.fixture
def is_valid():
    """Both validators must agree before either is believed."""

    def judge(statement, rules=XAPI_1_0_3):
        fast = accepts(StatementSchema, rules, statement)
        assert fast == (not readable_schema(StatementSchema, rules).validate(statement))
        return fast

    return judge


@pytest.fixture
def refusal_of():
    """The error a Statement is refused with; marshmallow must refuse it as well."""

    def judge(statement, rules=XAPI_1_0_3, path=""):
        with pytest.raises(ValidationError):
            readable_schema(StatementSchema, rules).load(statement)
        with pytest.raises(InvalidInputError) as caught:
            check_statement(statement, rules, path)
        return caught.value

    return judge


@pytest.fixture
def shared_statements():
    folder = Path(os.environ.get("LEARNERPRISE_SHARED_DATA", PROJECT.parent / "shared" / "data")) / "xapi"

    def load(name):
        file = folder / name
        if not file.exists():
            pytest.skip(f"no shared data at {folder}")
        return [entry["statement"] for entry in json.loads(file.read_text())]

    return load
