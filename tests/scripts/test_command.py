"""How a command ends: its exit status, and one sentence for what went wrong."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from pymongo.errors import AutoReconnect

from lrs.errors import RequestRefusedError
from recommender.errors import TooLittleDataError
from schemas.errors import InvalidInputError
from scripts.command import command, exit_status


def ending_with(error: BaseException) -> click.Command:
    @command(examples=[""])
    def fail() -> None:
        """Fail."""
        raise error

    return fail


@pytest.fixture(autouse=True)
def _arguments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["learnerprise"])


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (RequestRefusedError("No LRS answers there."), 1, "No LRS answers there.\n"),
        (TooLittleDataError("Too little data."), 1, "Too little data.\n"),
        (InvalidInputError("1 is not a name."), 1, "1 is not a name.\n"),
        (
            PermissionError(13, "Permission denied", "out.csv"),
            1,
            "out.csv cannot be used: Permission denied.\n",
        ),
        (
            AutoReconnect("127.0.0.1:27017: connection closed"),
            1,
            "The database cannot be reached just now; try again shortly.\n",
        ),
        (KeyboardInterrupt(), 130, "\nInterrupted.\n"),
    ],
)
def test_an_expected_error_is_a_sentence_and_a_status(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, sentence: str
) -> None:
    assert exit_status(ending_with(error)) == status
    assert capsys.readouterr().err == sentence


def test_wrong_use_shows_the_usage_and_has_a_status_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_status(ending_with(click.UsageError("Name one store."))) == 2
    assert capsys.readouterr().err.endswith("Name one store.\n")


def test_an_error_that_nobody_expects_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_status(ending_with(ZeroDivisionError()))


@pytest.mark.parametrize("status", [0, 1])
def test_the_status_of_a_command_is_what_it_returns(status: int) -> None:
    @command(examples=[""])
    @click.argument("file", required=False)
    def end(file: Path | None) -> int:
        """End."""
        return status

    assert exit_status(end) == status
