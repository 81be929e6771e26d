"""Many clients that store large and small batches at once: the database must not stand still (decision 2)."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

SIZES = (1, 900, 7, 1000, 1, 2000)
CLIENTS = 18
ROUNDS = 3
ANSWERED_WITHIN_S = 60


@pytest.mark.timeout(240)
def test_large_and_small_batches_of_many_clients_are_all_stored(make_service, headers, statement, stored_ids):
    service = make_service()
    auth = service.credential()

    def work(client):
        outcomes, ids = [], set()
        with requests.Session() as session:
            session.auth, session.headers = auth, headers
            for turn in range(ROUNDS):
                batch = [statement() for _ in range(SIZES[(client + turn) % len(SIZES)])]
                began = time.monotonic()
                answer = session.post(f"{service.url}/xapi/statements", json=batch, timeout=ANSWERED_WITHIN_S)
                outcomes.append((answer.status_code, time.monotonic() - began))
                if answer.status_code == 200:
                    ids |= {item["id"] for item in batch}
        return outcomes, ids

    with ThreadPoolExecutor(CLIENTS) as pool:
        done = list(pool.map(work, range(CLIENTS)))
    assert {status for outcomes, _ in done for status, _ in outcomes} == {200}
    assert set(stored_ids(service.url, auth)) == set().union(*(ids for _, ids in done))
