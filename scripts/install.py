"""Install Learnerprise into a virtual environment; run by `make` with the system's Python, before anything else.

Uses the standard library only and the syntax of old Pythons, so that a wrong version gets a sentence.
"""

import argparse
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

OLDEST, NEWEST = (3, 10), (3, 13)
ROOT = Path(__file__).resolve().parent.parent
LOCKS = (ROOT / "requirements-dev.lock", ROOT / "requirements-build.lock")


def main() -> int:
    """Check the machine, make the environment, install the locked packages and this one; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of the virtual environment")
    folder = parser.parse_args().folder
    problem = find_problem(folder)
    if problem:
        print(problem, file=sys.stderr)
        return 2
    print(f"Installing into {folder} (a minute or two; LightFM is compiled here) ...", flush=True)
    return install(folder)


def find_problem(folder: Path) -> str:
    """Return one sentence on what stands in the way, with the remedy, or nothing."""
    version = sys.version_info[:2]
    if not OLDEST <= version <= NEWEST:
        return f"Python {version[0]}.{version[1]} does not fit; use 3.10 to 3.13: make PYTHON=python3.11 ..."
    try:
        import ensurepip  # noqa: F401
    except ImportError:
        return "Python's venv module is missing; on Debian: apt-get install python3-venv"
    if not (shutil.which("cc") or shutil.which("gcc")):
        return "A C compiler is missing (LightFM is compiled at install); on Debian: apt-get install gcc"
    if not (Path(sysconfig.get_path("include")) / "Python.h").exists():
        return "Python's C headers are missing (Python.h); on Debian: apt-get install python3-dev"
    if not os.access(folder.resolve().parent, os.W_OK):
        return f"The folder {folder.resolve().parent} cannot be written; make it writable, or: make VENV=/path/of/yours"
    return ""


def install(folder: Path) -> int:
    """Make the environment and install; what pip says is shown only when it fails."""
    pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    locked = [word for lock in LOCKS for word in ("-r", str(lock))]
    # Portable machine code: tuned code gains nothing up to 64 dimensions and crashes on older processors.
    environment = {**os.environ, "LIGHTFM_NO_CFLAGS": "1"}
    steps = [
        [sys.executable, "-m", "venv", str(folder)],
        [*pip, "--require-hashes", *locked],
        [*pip, "--no-deps", "--no-build-isolation", "--editable", str(ROOT)],
    ]
    for step in steps:
        done = subprocess.run(step, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            print(f"The step failed: {' '.join(step)}. The lines above tell why.", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
