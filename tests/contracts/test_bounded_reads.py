"""Nothing asks the database for an answer, or with a question, that grows with the store."""

import ast

import pytest

from lrs.storage import chunks
from lrs.storage.chunks import first_chunk, in_chunks


def calls_of(modules, name):
    return {
        path
        for path, tree in modules.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == name
    }


def test_no_list_of_distinct_values_is_asked_for(modules):
    """Its answer is one document: 16 MB are reached with 888,000 personas."""
    assert calls_of(modules, "distinct") == set()


def test_whole_cursors_become_lists_in_one_module_only(modules):
    assert calls_of(modules, "to_list") == {"lrs/storage/tenancy.py"}


def fields_read_whole(modules):
    """Yield the module of each list that storage reads of one store's documents, and the fields that it asks for."""
    for path, tree in modules.items():
        for node in ast.walk(tree) if "/storage/" in path else ():
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(OF_ONE_STORE):
                yield path, ast.unparse(node.args[1]) if len(node.args) > 1 else "everything"


OF_ONE_STORE = (
    "._rows.find",
    "._files.find",
    "._kept.find",
    "._statements.find",
    "._notes.find",
    " rows.find",
)
LARGE = ("everything", "text", "body", "data", "links")


def test_a_list_that_is_read_whole_has_small_rows(modules):
    """What may be large is streamed."""
    read = set(fields_read_whole(modules))
    assert len(read) > 3
    changes = ("lrs/storage/definition_changes.py", "everything")  # one small row for each store that changes
    people = ("lrs/storage/persona_links.py", "everything")  # some hundred people, of few identifiers each
    large = {(path, fields) for path, fields in read if any(name in fields for name in LARGE)}
    assert large == {changes, people}


def test_a_chunk_ends_at_bytes_as_well_as_at_a_number(monkeypatch):
    monkeypatch.setattr(chunks, "BYTES_AT_ONCE", 10)
    texts = ["aaaa", "bbbbb", "c", "d", "e" * 30, "f", "g", "h"]
    found = list(in_chunks(texts, 3))
    assert found == [["aaaa", "bbbbb", "c"], ["d"], ["e" * 30], ["f", "g", "h"]]
    assert first_chunk(texts, 2, len) == (["aaaa", "bbbbb"], True)
    assert first_chunk(["e" * 30], 2, len) == (["e" * 30], False)
    assert first_chunk([], 2, len) == ([], False)


def test_no_more_than_one_item_is_read_beyond_a_first_chunk():
    items = iter(range(9))
    assert first_chunk(items, 3, lambda item: 0) == ([0, 1, 2], True)
    assert list(items) == [4, 5, 6, 7, 8]


@pytest.mark.parametrize(("count", "lengths"), [(0, []), (1, [1]), (3, [3]), (7, [3, 3, 1])])
def test_a_long_list_is_cut_into_chunks(count, lengths):
    chunks = list(in_chunks(range(count), 3))
    assert [len(chunk) for chunk in chunks] == lengths
    assert [item for chunk in chunks for item in chunk] == list(range(count))
