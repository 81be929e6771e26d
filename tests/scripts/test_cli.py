"""The command `learnerprise`: what it lists, how it is documented, and that each command is tried by a test."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from scripts.cli import COMMANDS, group, main
from scripts.command import Command

ROOT = Path(__file__).parents[2]
LISTED = {name: listed for commands in COMMANDS.values() for name, listed in commands.items()}
SERVERS = ("serve", "demo")
"""Commands that serve until Ctrl-C and so have no result to print as JSON."""


def leaves(command: click.Command = group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each command that has no sub-commands."""
    if not isinstance(command, click.Group):
        yield path
        return
    for name in command.list_commands(click.Context(command)):
        found = command.get_command(click.Context(command), name)
        assert found is not None
        yield from leaves(found, (*path, name))


LEAVES = tuple(leaves())


def command_at(path: tuple[str, ...]) -> Command:
    found: click.Command | None = group
    for name in path:
        assert isinstance(found, click.Group)
        found = found.get_command(click.Context(found), name)
    assert isinstance(found, Command)
    return found


def test_help_lists_every_command_and_imports_none_of_them() -> None:
    heavy = "scipy lightfm mongoengine flask recommender.training.jobs"
    program = (
        "import sys; from scripts import command, cli; status = command.exit_status(cli.group);"
        f"print([name for name in '{heavy}'.split() if name in sys.modules]); sys.exit(status)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "--help"], capture_output=True, text=True, check=True
    )
    assert done.stdout.endswith("[]\n")
    assert [name for name in LISTED if f"\n  {name} " not in done.stdout] == []


@pytest.mark.parametrize("name", LISTED)
def test_a_command_is_run_by_its_module_too_and_says_so(name: str) -> None:
    module = f"scripts.{LISTED[name][0].removesuffix('.__main__')}"
    line = [sys.executable, "-m", module, "--help"]
    done = subprocess.run(line, capture_output=True, text=True, check=True, env={"PATH": "/nowhere"})
    assert done.stdout.startswith(f"Usage: {sys.executable} -m {module} ")


@pytest.mark.parametrize(("path", "shown"), [("/nowhere", "bin/learnerprise"), ("bin", "learnerprise")])
def test_the_usage_line_can_be_run_as_printed(tmp_path: Path, path: str, shown: str) -> None:
    installed = tmp_path / "bin" / "learnerprise"
    installed.parent.mkdir()
    installed.write_text(f"#!{sys.executable}\nfrom scripts.cli import main\nmain()\n")
    installed.chmod(0o755)
    done = subprocess.run(
        ["bin/learnerprise", "models", "--help"],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={"PATH": path, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.startswith(f"Usage: {shown} models ")


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_the_examples_of_a_command_are_right(path: tuple[str, ...]) -> None:
    command = command_at(path)
    assert command.examples
    for example in command.examples:
        command.make_context("learnerprise", shlex.split(example))
    shown = CliRunner().invoke(group, [*path, "--help"], prog_name="learnerprise").output
    assert f"  learnerprise {' '.join(path)} {command.examples[0]}".rstrip() in shown


@pytest.mark.parametrize("path", [path for path in LEAVES if path[0] not in SERVERS], ids=" ".join)
def test_every_command_that_prints_a_result_prints_it_as_json_too(path: tuple[str, ...]) -> None:
    assert "--json" in [name for parameter in command_at(path).params for name in parameter.opts]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_a_store_is_the_first_argument(path: tuple[str, ...]) -> None:
    names = [item.name for item in command_at(path).params if isinstance(item, click.Argument)]
    assert "store" not in names[1:]


@pytest.mark.parametrize("path", LEAVES, ids=" ".join)
def test_every_command_is_run_by_a_test(path: tuple[str, ...]) -> None:
    words = r",\s*".join(f'"{name}"' for name in path)
    run = re.compile(rf'(?:command\(|"scripts\.cli",)\s*{words}[,\])]')
    assert [file for file in Path(__file__).parent.rglob("test_*.py") if run.search(file.read_text())]


def test_the_readme_has_a_row_for_every_command_and_no_other() -> None:
    section = (ROOT / "README.md").read_text().split("## Commands")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `([a-z-]+)` \|", section, re.MULTILINE)) == set(LISTED)


def test_the_installed_command_is_this_one() -> None:
    found = re.search(r'^learnerprise = "(.+):(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert found
    assert getattr(import_module(found[1]), found[2]) is main


def test_arguments_are_parsed_by_one_library() -> None:
    files = [*(ROOT / "scripts").rglob("*.py")]
    assert [file.name for file in files if "argparse" in file.read_text()] == ["install.py"]


def test_an_unknown_command_is_refused_with_similar_names() -> None:
    done = CliRunner().invoke(group, ["retrian"], prog_name="learnerprise")
    assert done.exit_code == 2
    assert "No such command 'retrian'. Did you mean 'retrain'?" in done.output


def test_a_shell_completes_the_names_of_commands_and_sub_commands() -> None:
    def complete(words: str, position: int) -> list[str]:
        environment = {
            "_LEARNERPRISE_COMPLETE": "bash_complete",
            "COMP_WORDS": words,
            "COMP_CWORD": str(position),
        }
        done = CliRunner(env=environment).invoke(group, prog_name="learnerprise")
        return done.output.split()

    assert complete("learnerprise e", 1) == ["plain,evaluate", "plain,experiments"]
    assert complete("learnerprise models p", 2) == ["plain,promote"]
