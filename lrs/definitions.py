"""Merges the definitions of one Activity: each property has the value of the Statement stored last that defines it.

Every value is kept with the order key of the Statement that brought it, so the result does not depend on the order in
which processes merge. Properties of interactions belong to their `interactionType`: those of other types are stored but
not shown, so that the definition shown is always valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Definition = dict[str, Any]
State = dict[str, list[Any]]
"""By path (`name`, a tab, `en`): the order key, the value, and the order key of its last change, if there was one."""

MERGED_BY_KEY = ("name", "description", "extensions")
TYPE = "interactionType"
OF_INTERACTIONS = ("correctResponsesPattern", "choices", "scale", "source", "target", "steps")
TAB = "\t"
SETTLED_US = 60_000_000
_TIME_DIGITS = 16


@dataclass(frozen=True, slots=True)
class Brought:
    """A definition that a Statement brought; `seq` is the order key of the Statement.

    `is_disputed` where others change the definition at this time: then the order key counts even if nothing is new.
    """

    activity: str
    definition: Mapping[str, Any]
    seq: bytes
    is_disputed: bool = False


def merge_definition(state: State, brought: Brought) -> State:
    """Return the state with one more definition; the same state if it says nothing new."""
    order = brought.seq.hex()
    news = {
        path: _newer(state.get(path), order, value)
        for path, value in _paths(brought.definition)
        if _is_newer(state.get(path), order, value, brought.is_disputed)
    }
    return {**state, **news} if news else state


def is_known(state: State, brought: Brought) -> bool:
    """Return whether a definition says nothing new, no matter which later Statement brings it."""
    return all(
        path in state and is_same(value, state[path][1]) and _is_settled(state[path], brought.seq.hex())
        for path, value in _paths(brought.definition)
    )


def _is_settled(known: list[Any], order: str) -> bool:
    return len(known) == 2 or _time(order) - _time(known[2]) > SETTLED_US


def _is_newer(known: list[Any] | None, order: str, value: Any, is_disputed: bool) -> bool:
    """Return whether a value must be recorded.

    An equal value is recorded only while others differ: a Statement still being stored could come between the two.
    """
    if known is None:
        return True
    if order < known[0]:
        return False
    counts = is_disputed or not _is_settled(known, order)
    return not is_same(value, known[1]) or (order > known[0] and counts)


def _newer(known: list[Any] | None, order: str, value: Any) -> list[Any]:
    if known is None:
        return [order, value]
    return [order, value, *known[2:]] if is_same(value, known[1]) else [order, value, order]


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are the same JSON: 1 is neither 1.0 nor true."""
    return bool(one == other and repr(one) == repr(other))


def _time(order: str) -> int:
    return int(order[:_TIME_DIGITS] or "0", 16)


def _paths(definition: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    kind = definition.get(TYPE, "")
    for name, value in definition.items():
        if name in MERGED_BY_KEY:
            yield from ((f"{name}{TAB}{key}", item) for key, item in value.items())
        elif name in OF_INTERACTIONS:
            yield f"{name}{TAB}{kind}", value
        else:
            yield name, value


def shown_definition(state: State) -> Definition:
    """Return the definition that a state amounts to."""
    kind = state[TYPE][1] if TYPE in state else None
    shown: Definition = {}
    for path, item in state.items():
        name, _, key = path.partition(TAB)
        if name in MERGED_BY_KEY:
            shown.setdefault(name, {})[key] = item[1]
        elif name not in OF_INTERACTIONS or key == kind:
            shown[name] = item[1]
    return shown
