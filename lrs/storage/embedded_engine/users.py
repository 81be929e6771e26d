"""The one user of the embedded server, without whose password nobody on the machine reads or writes anything."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from lrs.storage.embedded_engine.folder import EmbeddedServerError

USER = "learnerprise"
USER_EXISTS = 51003
OF_THE_SERVER = frozenset({"admin", "config", "local"})


def make_user(uri: str) -> str:
    """Make the user on a server that lets everybody in, and return the password; raise EmbeddedServerError."""
    password = secrets.token_urlsafe(32)
    with _errors_told(), MongoClient[dict[str, Any]](uri) as client:
        try:
            client.admin.command("createUser", USER, pwd=password, roles=["root"])
        except OperationFailure as error:
            if error.code != USER_EXISTS:
                raise
            client.admin.command("updateUser", USER, pwd=password)
    return password


def remove_all_else(uri: str, *, data_too: bool) -> None:
    """Remove what others wrote to a server as long as it let everybody in; raise EmbeddedServerError."""
    with _errors_told(), MongoClient[dict[str, Any]](uri) as client:
        for user in client.admin.command("usersInfo", {"forAllDBs": True})["users"]:
            if (user["db"], user["user"]) != ("admin", USER):
                client[user["db"]].command("dropUser", user["user"])
        for name in set(client.list_database_names()) - OF_THE_SERVER if data_too else ():
            client.drop_database(name)


@contextmanager
def _errors_told() -> Iterator[None]:
    try:
        yield
    except PyMongoError as error:
        raise EmbeddedServerError(f"The user of the embedded server cannot be made: {error}") from error
