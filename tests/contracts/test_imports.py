import subprocess
import sys


def test_the_import_contracts_hold(project):
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    checked = subprocess.run(
        [*command, "--no-cache", "--no-logo"], cwd=project, capture_output=True, text=True, timeout=120
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_nothing_is_opened_by_importing(project):
    """Import every module where no socket can be made and no process started."""
    script = """
import pkgutil, socket, subprocess, threading
def refuse(*_, **__):
    raise AssertionError("opened at import")
socket.socket.connect = subprocess.Popen.__init__ = threading.Thread.start = refuse
import lrs, recommender, schemas
for package in (lrs, recommender, schemas):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        __import__(module.name)
"""
    checked = subprocess.run(
        [sys.executable, "-c", script], cwd=project, capture_output=True, text=True, timeout=120
    )
    assert checked.returncode == 0, checked.stderr
