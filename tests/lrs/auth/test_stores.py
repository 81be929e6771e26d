import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from lrs.auth.stores import (
    create_store,
    find_store,
    list_stores,
    set_consent,
    store_by_id,
    store_named,
)
from lrs.errors import DuplicateNameError, NotFoundError, RequestRefusedError


@pytest.fixture
def name(database):
    return f"store-{uuid.uuid4().hex}"


def test_a_store_is_found_by_name_and_by_id(database, name):
    store = create_store(database, name, default_version="2.0.0", consents={"peer": "off"})
    assert (
        find_store(database, name) == store_named(database, name) == store_by_id(database, store.id) == store
    )
    assert (store.default_version, store.policy("peer")) == ("2.0.0", "off")
    assert store in list_stores(database)


def test_a_name_can_be_taken_once_even_by_many_at_a_time(database, name):
    def create(_):
        try:
            return create_store(database, name)
        except DuplicateNameError:
            return None

    with ThreadPoolExecutor(8) as pool:
        made = [store for store in pool.map(create, range(8)) if store]
    assert made == [find_store(database, name)]


@pytest.mark.parametrize(
    "settings",
    [
        {"default_version": "1.0.2"},
        {"default_version": ""},
        {"consents": {"peer": "maybe"}},
        {"consents": {"shoe_size": "off"}},
    ],
)
def test_a_setting_that_does_not_exist_is_refused(database, name, settings):
    with pytest.raises(RequestRefusedError):
        create_store(database, name, **settings)
    assert find_store(database, name) is None


def test_a_blank_name_is_refused(database):
    with pytest.raises(RequestRefusedError, match="not blank"):
        create_store(database, "  ")


def test_an_unknown_store_is_told_with_those_there_are(database, store):
    with pytest.raises(NotFoundError, match=store.name):
        store_named(database, "nowhere")


def test_the_policy_about_a_consent_can_be_changed(database, store):
    assert (store.policy("peer"), store.policy("name")) == ("opt_in", "opt_out")
    changed = set_consent(database, store, "peer", "opt_out")
    assert (changed.policy("peer"), changed.policy("name")) == ("opt_out", "opt_out")
    assert store_by_id(database, store.id) == changed
    with pytest.raises(RequestRefusedError):
        set_consent(database, store, "peer", "sometimes")
