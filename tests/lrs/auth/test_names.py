"""Names of stores and credentials can be read, written and told from others."""

import pytest

from lrs.auth.credentials import create_credential, list_credentials
from lrs.auth.names import MOST_CHARACTERS
from lrs.auth.stores import create_store, find_store, list_stores, rename_store
from lrs.errors import DuplicateNameError, RequestRefusedError

REFUSED = [
    ("", "not blank"),
    (" \t", "not blank"),
    ("x" * (MOST_CHARACTERS + 1), "up to 100 characters; this one has 101"),
    (" x", "begins or ends with a space"),
    ("a\nb", r"the character '\\n', which cannot be seen"),
    ("a\x00b", r"the character '\\x00', which cannot be seen"),
    ("a\u202eb", r"the character '\\u202e', which cannot be seen"),
    ("a\udcffb", r"the character '\\udcff', which cannot be seen"),
]


@pytest.mark.parametrize(("name", "sentence"), REFUSED)
def test_a_name_that_cannot_be_read_is_refused_wherever_one_is_given(database, store, name, sentence):
    for give in (
        lambda: create_store(database, name),
        lambda: rename_store(database, store, name),
        lambda: create_credential(database, store, name),
    ):
        with pytest.raises(RequestRefusedError, match=sentence):
            give()
    assert find_store(database, name) is None
    assert store in list_stores(database)
    assert list_credentials(database, store) == []


@pytest.mark.parametrize("name", ["x" * MOST_CHARACTERS, "Universitat de Màlaga", "学習", "a/b c.d-e"])
def test_names_of_any_script_are_taken(database, store, name):
    create_credential(database, store, name)
    assert [row.name for row in list_credentials(database, store)] == [name]


def test_a_store_is_renamed_to_a_name_that_is_free(database, store, other_store):
    with pytest.raises(DuplicateNameError, match=other_store.name):
        rename_store(database, store, other_store.name)
    renamed = rename_store(database, store, f"{store.name} again")
    assert (renamed.id, find_store(database, store.name)) == (store.id, None)
