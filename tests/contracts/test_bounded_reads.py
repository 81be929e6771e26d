"""Nothing asks the database for an answer, or with a question, that grows with the store."""

import ast

import pytest

from lrs.storage.chunks import in_chunks


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
    assert calls_of(modules, "to_list") == {"lrs/storage/database.py"}


@pytest.mark.parametrize(("count", "lengths"), [(0, []), (1, [1]), (3, [3]), (7, [3, 3, 1])])
def test_a_long_list_is_cut_into_chunks(count, lengths):
    chunks = list(in_chunks(range(count), 3))
    assert [len(chunk) for chunk in chunks] == lengths
    assert [item for chunk in chunks for item in chunk] == list(range(count))
