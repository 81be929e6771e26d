"""What the log says of Statements that are voided by a credential which had not stored them."""

import json
import logging

import pytest

from lrs.auth.credentials import Credential
from lrs.errors import ForbiddenError
from lrs.statements.voiding import VOID_OTHERS
from schemas.versions import XAPI_1_0_3


@pytest.fixture
def send(service, store, caplog):
    """Store a Statement with a credential of these scopes; return the events logged, with their fields."""
    caplog.set_level(logging.INFO, logger="lrs.statements")

    def store_one(statement, key, *scopes):
        caplog.clear()
        credential = Credential(key, key, store, frozenset({"statements/write", *scopes}))
        service.writer.store_statements(json.dumps(statement).encode(), credential, XAPI_1_0_3)
        return [(record.getMessage(), record.fields) for record in caplog.records]

    return store_one


def test_a_void_of_what_another_credential_stored_is_logged(send, make_statement, make_void):
    target = make_statement()
    void = make_void(target["id"])
    assert send(target, "lms") == []
    with pytest.raises(ForbiddenError):
        send(void, "other")
    fields = {"key": "admin", "statement": target["id"], "by": void["id"]}
    assert send(void, "admin", VOID_OTHERS) == [("voided_of_others", fields)]
    assert send(void, "admin", VOID_OTHERS) == []  # it is stored already


def test_a_void_of_own_statements_is_not_logged(send, make_statement, make_void):
    target = make_statement()
    send(target, "lms")
    assert send(make_void(target["id"]), "lms") == []


def test_a_void_without_effect_is_logged_when_its_target_comes(send, make_statement, make_void):
    target = make_statement()
    void = make_void(target["id"])
    assert send(void, "other") == []
    [(event, fields)] = send(target, "lms")
    assert (event, fields["statement"]) == ("void_without_effect", void["id"])
