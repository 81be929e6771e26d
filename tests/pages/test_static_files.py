"""Vendored files are those of their packages, and are kept by browsers for good."""

import json
from hashlib import sha256

import requests

from pages.static_files import FOLDER, static_files
from scripts.vendor import LIST, PACKAGES

LISTED = json.loads(LIST.read_text())


def test_every_vendored_file_is_listed_with_its_digest():
    found = {
        path.relative_to(LIST.parent).as_posix(): sha256(path.read_bytes()).hexdigest()
        for path in LIST.parent.rglob("*")
        if path.is_file() and path != LIST
    }
    listed = {f"{folder}/{name}": one for folder in LISTED for name, one in LISTED[folder]["sha256"].items()}
    assert found == listed


def test_what_is_listed_is_what_the_script_copies_with_licences():
    wanted = {f"{one.folder}-{one.version}": one for one in PACKAGES}
    assert LISTED.keys() == wanted.keys()
    for folder, entry in LISTED.items():
        assert any(name.startswith("LICENSE") for name in entry["sha256"])
        assert (entry["package"], entry["version"]) == (wanted[folder].name, wanted[folder].version)


def test_a_file_is_kept_for_good_under_its_digest_alone(server_url):
    digest = static_files()["learnerprise.css"].digest
    answer = requests.get(f"{server_url}/static/{digest}/learnerprise.css", timeout=60)
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert answer.headers["Content-Type"].startswith("text/css")
    other = requests.get(f"{server_url}/static/0123456789ab/learnerprise.css", timeout=60)
    assert other.content == answer.content
    assert other.headers["Cache-Control"] == "private, no-store"


def test_nothing_but_files_for_browsers_is_served(server_url):
    assert (FOLDER / "vendor" / "vendor.json").exists()
    for name in ("vendor/vendor.json", "../app.py", "%2e%2e/app.py", "nothing.css"):
        assert requests.get(f"{server_url}/static/x/{name}", timeout=60).status_code == 404
