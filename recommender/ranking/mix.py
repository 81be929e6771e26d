"""A list that mixes modalities by shares, such that every beginning of it keeps to the shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def mix(orders: Mapping[str, Sequence[int]], shares: Mapping[str, float], rest: Sequence[int]) -> list[int]:
    """Merge the ranked positions of each modality into one order, each rank by the D'Hondt method.

    The next rank goes to the modality with the largest share / (ranks so far + 1). A modality whose positions
    have run out is skipped; the positions of `rest` that are not in the list yet follow at the end.
    """
    taken = dict.fromkeys(orders, 0)
    mixed: list[int] = []
    while True:
        left = [name for name in orders if shares[name] > 0 and taken[name] < len(orders[name])]
        if not left:
            break
        name = max(left, key=lambda one: (shares[one] / (taken[one] + 1), shares[one]))
        mixed.append(orders[name][taken[name]])
        taken[name] += 1
    included = set(mixed)
    return mixed + [position for position in rest if position not in included]
