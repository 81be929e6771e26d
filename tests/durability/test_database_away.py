"""The database stands still: clients get 503 with Retry-After in time, and all goes on when it does."""

import time

import pytest
import requests

PATIENCE_S = 1
# The answer, the second try, and the look for another server.
ANSWERED_WITHIN_S = 2 * PATIENCE_S + 13


@pytest.fixture
def paused(make_service):
    """A service whose database is stopped, as a machine that hangs is; its credential."""
    service = make_service(LEARNERPRISE_WORKERS="1", LEARNERPRISE_DATABASE_TIMEOUT_S=str(PATIENCE_S))
    auth = service.credential()
    assert requests.get(f"{service.url}/health/ready", timeout=30).ok
    service.database().suspend()
    yield service, auth
    service.database().resume()


def is_hinted_503(answer):
    return answer.status_code == 503 and int(answer.headers["Retry-After"]) > 0


def test_a_database_that_hangs_is_503_in_time_and_life_goes_on_afterwards(
    paused, headers, statement, load_on, assert_nothing_lost
):
    service, auth = paused
    for path in ("/xapi/statements", "/recommendations/nuggets?agent={}", "/health/ready"):
        began = time.monotonic()
        answer = requests.get(service.url + path, headers=headers, auth=auth, timeout=60)
        assert is_hinted_503(answer), f"{path}: {answer.status_code} {answer.text}"
        assert time.monotonic() - began < ANSWERED_WITHIN_S
    assert requests.get(f"{service.url}/health/alive", timeout=5).ok
    service.database().resume()
    with load_on(service, auth) as load:
        load.goes_on(20)
    assert_nothing_lost(load, service, auth)


def test_a_process_that_starts_while_the_database_is_away_answers_503_and_then_serves(paused, headers, until):
    service, auth = paused
    [worker] = service.workers()
    worker.kill()
    until(lambda: requests.get(f"{service.url}/health/alive", timeout=60).ok, "the new process")
    answer = requests.get(f"{service.url}/xapi/statements", headers=headers, auth=auth, timeout=60)
    assert is_hinted_503(answer)
    assert answer.headers["X-Experience-API-Version"] == "1.0.3"
    assert sorted(answer.json()) == ["code", "message", "path", "rule"]
    service.database().resume()
    until(service.is_ready, "the application")
    assert requests.get(f"{service.url}/xapi/statements", headers=headers, auth=auth, timeout=60).ok
