"""Many clients that store large and small batches at once: the database must not stand still (decision 2)."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
import requests

SIZES = (1, 900, 7, 1000, 1, 2000)
CLIENTS = 12
ROUNDS = 2
ANSWERED_WITHIN_S = 60


@pytest.mark.timeout(600)
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


MEMBERS = 100
STATEMENTS = 40
CHAIN = 500


@pytest.fixture
def store_at_once(make_service, headers, stored_ids):
    """Let so many clients post a batch each at the same time, again where told to; all must be stored in time."""

    def store(clients, make_batch):
        service = make_service()
        auth = service.credential()
        batches = [make_batch() for _ in range(clients)]

        def post(batch):
            url, until = f"{service.url}/xapi/statements", time.monotonic() + 2 * ANSWERED_WITHIN_S
            while True:
                answer = requests.post(url, json=batch, auth=auth, headers=headers, timeout=ANSWERED_WITHIN_S)
                if answer.status_code != 503 or time.monotonic() > until:
                    return answer.status_code

        with ThreadPoolExecutor(clients) as pool:
            assert list(pool.map(post, batches)) == [200] * clients
        assert set(stored_ids(service.url, auth)) == {item["id"] for batch in batches for item in batch}

    return store


@pytest.mark.timeout(600)
def test_batches_of_large_groups_that_have_no_member_in_common_are_all_stored(store_at_once, statement):
    def of_groups():
        return [{**statement(), "actor": _group()} for _ in range(STATEMENTS)]

    store_at_once(4, of_groups)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(("members", "length"), [(1_000, 0), (100, 10_000)], ids=["very large", "long names"])
def test_batches_of_groups_as_heavy_as_can_be_are_all_stored(store_at_once, statement, members, length):
    store_at_once(4, lambda: [{**statement(), "actor": _group(members, length)} for _ in range(3)])


def _group(members=MEMBERS, length=0):
    named = [{"mbox": f"mailto:{uuid.uuid4()}{'x' * length}@example.org"} for _ in range(members)]
    return {"objectType": "Group", "member": named}


@pytest.mark.timeout(600)
def test_long_chains_of_statement_refs_are_all_stored(store_at_once, statement):
    def chain():
        batch = [statement() for _ in range(CHAIN)]
        for source, target in pairwise(batch):
            source["object"] = {"objectType": "StatementRef", "id": target["id"]}
        return batch

    store_at_once(3, chain)
