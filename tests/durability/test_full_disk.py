"""The disk fills up under load and is freed, three times: the service comes back by itself, and nothing is lost."""

import shutil
import subprocess
from collections import Counter

import pytest
import requests

MIB = 1024 * 1024
DISK_MIB = 220
ROUNDS = 3


@pytest.fixture
def small_disk(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={DISK_MIB}m", "tmpfs"]
    mounted = subprocess.run(["mount", *options, str(folder)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("a disk that may be filled has to be mounted, and this machine does not let us")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path):
    """Take all the space there is."""
    with path.open("wb") as file, pytest.raises(OSError, match="No space"):
        while True:
            file.write(b"x" * MIB)
            file.flush()


def free_to_last(path, size):
    """Take space until only so many bytes are left."""
    with path.open("wb") as file:
        while shutil.disk_usage(path.parent).free > size:
            file.write(b"x" * MIB)
            file.flush()


@pytest.mark.timeout(300)
def test_a_disk_filled_and_freed_under_load_needs_no_hand_and_loses_nothing(
    small_disk, make_service, load_on, until, stored_ids
):
    service = make_service(LEARNERPRISE_EMBEDDED_CACHE="512M")
    auth = service.credential()
    with load_on(service, auth, clients=4) as load:
        for _ in range(ROUNDS):
            load.goes_on(30)
            fill(small_disk / "filling")
            refused, stopped_at = load.outcomes().total() - load.outcomes()["200"], load.acknowledged()
            until(lambda: load.outcomes().total() - load.outcomes()["200"] > refused, "a refusal")  # noqa: B023
            (small_disk / "filling").unlink()
            until(service.is_ready, "the service")
            load.goes_on(30)
            assert load.acknowledged() > stopped_at
    found = Counter(stored_ids(service.url, auth))
    acknowledged = set().union(*(ledger.acknowledged for ledger in load.ledgers))
    assert acknowledged <= found.keys()
    assert max(found.values()) == 1
    assert load.outcomes().keys() <= {"200", "503", "507", "connection lost"}


def test_below_the_floor_writes_are_507_and_reads_go_on(
    small_disk, make_service, statement, headers, until, stored_ids
):
    service = make_service()
    auth, url = service.credential(), f"{service.url}/xapi/statements"
    with requests.Session() as session:
        session.headers, session.auth = headers, auth
        assert session.post(url, json=statement(), timeout=60).ok
        free_to_last(small_disk / "filling", DISK_MIB * MIB // 6)
        until(lambda: session.post(url, json=statement(), timeout=60).status_code == 507, "a refusal")
        refused = session.post(url, json=statement(), timeout=60)
        assert (refused.json()["code"], refused.headers["Retry-After"]) == ("insufficient_storage", "1")
        assert stored_ids(service.url, auth)
        assert session.get(f"{service.url}/health/ready", timeout=60).json() == {"status": "read-only"}
        (small_disk / "filling").unlink()
        until(lambda: session.post(url, json=statement(), timeout=60).ok, "space to be noticed")
    assert service.log.read_text().count("disk_nearly_full") <= 2
