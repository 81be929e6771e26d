"""A replica set that elects another primary in the middle of a load; run with MONGODB_URI naming one."""

import os
from contextlib import suppress

import pytest
from pymongo import MongoClient
from pymongo.errors import AutoReconnect

LONGEST_PAUSE_S = 60


@pytest.mark.real_mongodb
@pytest.mark.timeout(600)
def test_a_primary_that_steps_down_under_load_loses_nothing_acknowledged(
    make_service, database_uri, load_on, assert_nothing_lost
):
    service = make_service(MONGODB_URI=database_uri)
    auth = service.credential()
    with load_on(service, auth) as load, MongoClient(os.environ["MONGODB_URI"]) as client:
        load.goes_on()
        for _ in range(2):
            # By force, since a replica set of one member has nobody else; older servers hang up on everybody.
            with suppress(AutoReconnect):
                client.admin.command("replSetStepDown", 10, secondaryCatchUpPeriodSecs=5, force=True)
            load.goes_on(300)
    assert load.slowest() < LONGEST_PAUSE_S
    assert_nothing_lost(load, service, auth)
