"""Copy the files that pages load from npm packages into pages/static/vendor, with licences and digests.

python -m scripts.vendor     (needs npm and the network; tests only compare the digests)
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "pages" / "static" / "vendor"
LIST = FOLDER / "vendor.json"


@dataclass(frozen=True, slots=True)
class Package:
    """An npm package and the files of it that are kept; the licence is among them."""

    name: str
    version: str
    folder: str
    licence: str
    files: tuple[str, ...]


PACKAGES = (
    Package("@picocss/pico", "2.1.1", "pico", "MIT", ("LICENSE.md", "css/pico.min.css")),
    Package(
        "swagger-ui-dist",
        "5.35.0",
        "swagger-ui",
        "Apache-2.0",
        ("LICENSE", "NOTICE", "swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt"),
    ),
    Package(
        "echarts",
        "6.1.0",
        "echarts",
        "Apache-2.0",
        ("LICENSE", "NOTICE", "licenses/LICENSE-d3", "dist/echarts.min.js"),
    ),
    Package("htmx.org", "4.0.1", "htmx", "0BSD", ("LICENSE", "dist/htmx.min.js", "dist/ext/hx-sse.min.js")),
)


def main() -> None:
    """Copy the files of every package; folders of other versions go."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True)
    listed = {entry["folder"]: entry for package in PACKAGES for entry in [_copy(package)]}
    LIST.write_text(json.dumps(listed, indent=1) + "\n")


def _copy(package: Package) -> dict[str, object]:
    target = FOLDER / f"{package.folder}-{package.version}"
    target.mkdir()
    digests = dict(_unpacked(package, target))
    return {
        "folder": target.name,
        "package": package.name,
        "version": package.version,
        "licence": package.licence,
        "sha256": digests,
    }


def _unpacked(package: Package, target: Path) -> Iterator[tuple[str, str]]:
    """Write the files of a package; yield the name and the digest of each."""
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package.name}@{package.version}"
        packed = subprocess.run(
            [_npm(), "pack", "--silent", wanted], cwd=folder, capture_output=True, check=True, text=True
        )
        with tarfile.open(Path(folder) / packed.stdout.split()[-1]) as archive:
            for path in package.files:
                member = archive.extractfile(f"package/{path}")
                assert member is not None, path
                body = member.read()
                name = Path(path).name
                (target / name).write_bytes(body)
                yield name, sha256(body).hexdigest()


def _npm() -> str:
    found = shutil.which("npm")
    assert found is not None, "npm is not installed"
    return found


if __name__ == "__main__":
    main()
