"""The order in which references inherit, and how far."""

import itertools
import random
import time

import pytest

from lrs.storage.statements.references import LONGEST_CHAIN, Reference, _targets_first


def reference(source, target):
    return Reference(bytes([source]), bytes([target]), False)


@pytest.mark.parametrize("seed", range(5))
def test_references_come_after_those_of_their_targets(seed):
    references = [reference(number, number + 1) for number in range(30)]
    random.Random(seed).shuffle(references)
    assert [item.source[0] for item in _targets_first(references)] == list(range(29, -1, -1))


def test_a_cycle_has_an_order_too():
    ordered = _targets_first([reference(1, 2), reference(2, 3), reference(3, 1), reference(9, 1)])
    assert sorted(item.source[0] for item in ordered) == [1, 2, 3, 9]
    assert ordered[-1].source == bytes([9])


def test_a_long_chain_in_one_batch_is_linked_in_little_time(lrs, make_statement):
    chain = [make_statement() for _ in range(LONGEST_CHAIN + 20)]
    for pointing, target in itertools.pairwise(chain):
        pointing["object"] = {"objectType": "StatementRef", "id": target["id"]}
    chain[-1]["object"] = {"id": "https://example.org/the-end"}
    started = time.monotonic()
    lrs.store_batch(chain)
    assert time.monotonic() - started < 20
    found = [item["id"] for item in lrs.find(activity="https://example.org/the-end", limit=0)]
    assert chain[-LONGEST_CHAIN]["id"] in found
    assert len(found) >= LONGEST_CHAIN
