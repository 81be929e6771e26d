"""Ask whether advisories are known against the locked dependencies: python -m scripts.advisories requirements.lock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

NOT_ASKED = "No advisory service can be reached: known weaknesses of the dependencies were not looked for."


def main() -> int:
    """Print a line for each advisory; the status is 1 if there is any, 0 also where nobody could be asked."""
    files = [word for name in sys.argv[1:] for word in ("-r", name)]
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--format", "json", *files]
    asked = subprocess.run(
        [*command, "--progress-spinner", "off"], capture_output=True, text=True, check=False
    )
    lines, status = judge(asked.stdout)
    print(*lines, sep="\n")
    return status


def judge(answer: str) -> tuple[Sequence[str], int]:
    """Return what to print about an answer of pip-audit, and the exit status."""
    try:
        packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    except ValueError:
        return [NOT_ASKED], 0
    if not any("vulns" in package for package in packages):
        return [NOT_ASKED], 0
    found = [
        f"{package['name']} {package['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'none'}"
        for package in packages
        for one in package.get("vulns", ())
    ]
    unknown = [package["name"] for package in packages if "vulns" not in package]
    if unknown:
        found.append(f"Not known to the advisory service: {', '.join(unknown)}.")
    return found or ["No advisory against any dependency."], int(len(found) > bool(unknown))


if __name__ == "__main__":
    sys.exit(main())
