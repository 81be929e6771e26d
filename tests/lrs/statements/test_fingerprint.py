import json
import random

from hypothesis import given
from hypothesis import strategies as st

from lrs.statements.fingerprint import fingerprint

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
PLAIN = {
    "actor": {"mbox": "mailto:ada@example.org"},
    "verb": {"id": "https://example.org/verbs/read"},
    "object": {"id": "https://example.org/nuggets/1"},
}


def with_extension(value):
    return {**PLAIN, "result": {"extensions": {"https://example.org/x": value}}}


def shuffled(value, chance):
    if isinstance(value, dict):
        keys = chance.sample(list(value), len(value))
        return {key: shuffled(value[key], chance) for key in keys}
    if isinstance(value, list):
        return [shuffled(item, chance) for item in value]
    return value


def test_it_has_32_bytes():
    assert len(fingerprint(PLAIN)) == 32


@given(VALUES, st.randoms())
def test_the_order_of_keys_does_not_count(value, chance):
    assert fingerprint(with_extension(value)) == fingerprint(with_extension(shuffled(value, chance)))


@given(VALUES, VALUES)
def test_values_that_differ_as_json_differ(first, second):
    same = fingerprint(with_extension(first)) == fingerprint(with_extension(second))
    assert same == (canonical(first) == canonical(second))


def canonical(value):
    """JSON's own idea of equality: 1.0 is 1, true is not 1, key order does not count."""
    return (
        json.dumps(value, sort_keys=True, default=str)
        if not isinstance(value, (dict, list, float))
        else deep(value)
    )


def deep(value):
    if isinstance(value, dict):
        return "{" + ",".join(f"{key!r}:{canonical(value[key])}" for key in sorted(value)) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(canonical, value)) + "]"
    return json.dumps(int(value) if value.is_integer() else value)


def test_numbers_beyond_64_bits_are_told_apart():
    assert fingerprint(with_extension(2**70)) != fingerprint(with_extension(2**70 + 1))


def test_members_may_come_in_any_order():
    members = [{"mbox": f"mailto:{name}@example.org"} for name in "abcdef"]
    prints = {
        fingerprint(
            {
                **PLAIN,
                "actor": {"objectType": "Group", "member": random.Random(seed).sample(members, len(members))},
            }
        )
        for seed in range(10)
    }
    assert len(prints) == 1
