"""A mix of kinds of nuggets by shares, such that each beginning of the list keeps to the shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def mix(orders: Mapping[str, Sequence[int]], shares: Mapping[str, float], rest: Sequence[int]) -> list[int]:
    """Return one order made of the orders of the kinds: each place goes to the kind that is owed most (D'Hondt).

    Kinds that have run out are passed over; what is left in `rest` follows at the end.
    """
    taken = dict.fromkeys(orders, 0)
    mixed: list[int] = []
    while True:
        open_kinds = [kind for kind in orders if shares[kind] > 0 and taken[kind] < len(orders[kind])]
        if not open_kinds:
            break
        kind = max(open_kinds, key=lambda one: (shares[one] / (taken[one] + 1), shares[one]))
        mixed.append(orders[kind][taken[kind]])
        taken[kind] += 1
    placed = set(mixed)
    return mixed + [position for position in rest if position not in placed]
