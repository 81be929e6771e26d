"""Who helps whom as a network of teams. Where each team stands is computed here: in a browser it would cost seconds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from markupsafe import Markup

from pages import texts
from pages.insights import cells
from pages.insights.live import live_place
from recommender.insights.answers import Answer

Array = np.ndarray[Any, np.dtype[Any]]
MOST_TEAMS = 60
STEPS = 200
FIRST_STEP = 0.2
"""How far a team moves in the first step, of a square of 1; less in each later one."""
NEAREST = 0.01
"""Teams that stand nearer push each other as if they stood so far apart."""


def draw_network(found: Answer) -> Markup:
    """Return the place of a network of those pairs of teams whose numbers may be told; none without such a pair."""
    told = {row.labels: row.cells["pairs"] for row in found.rows if row.cells["pairs"].value}
    sizes: Counter[str] = Counter()
    for teams, cell in told.items():
        for team in set(teams):
            sizes[team] += int(cell.value or 0)
    names = [team for team, _ in sizes.most_common(MOST_TEAMS)]
    at = {name: index for index, name in enumerate(names)}
    links = [
        (at[giving], at[receiving], int(cell.value or 0))
        for (giving, receiving), cell in told.items()
        if giving in at and receiving in at
    ]
    if not any(giving != receiving for giving, receiving, _ in links):
        return Markup("")
    nodes = [
        {"name": cells.labelled("team", name), "at": place, "size": sizes[name]}
        for name, place in zip(names, positions(len(names), links).round(3).tolist(), strict=True)
    ]
    said = {
        "kind": "network",
        "sentence": texts.text("insights.network"),
        "nodes": nodes,
        "links": links,
        "pairs": cells.heading("pairs"),
    }
    caption = texts.text("insights.network_caption", floor=found.floor)
    return Markup('{}<p class="small quiet live-caption">{}</p>').format(live_place(said, "network"), caption)


def positions(count: int, links: Sequence[tuple[int, int, int]]) -> Array:
    """Return where each of so many teams stands (N x 2): those that help each other near, all apart from each other.

    Forces as of Fruchterman and Reingold 1991, from a circle on, so that the same data give the same drawing.
    """
    angles = 2 * np.pi * np.arange(count) / count
    places = np.column_stack([np.cos(angles), np.sin(angles)]) / 2
    pull = np.zeros((count, count))
    for one, other, pairs in links:
        if one != other:
            pull[one, other] += pairs
            pull[other, one] += pairs
    pull = np.sqrt(pull / max(pull.max(), 1))
    ideal = np.sqrt(1 / count)
    for step in range(STEPS):
        apart = places[:, None] - places[None]
        distance = np.maximum(np.linalg.norm(apart, axis=2, keepdims=True), NEAREST)
        force = (apart / distance * (ideal**2 / distance - pull[:, :, None] * distance**2 / ideal)).sum(
            axis=1
        )
        force -= places * ideal  # keeps those without a link from drifting away
        length = np.maximum(np.linalg.norm(force, axis=1, keepdims=True), 1e-9)
        places = places + force / length * np.minimum(length, FIRST_STEP * (1 - step / STEPS))
    return np.asarray(places)
