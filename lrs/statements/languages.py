"""Chooses one of several languages by Accept-Language (RFC 9110 12.5.4, RFC 4647 3.3.1 and 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

ANY = "*"
Accepted = Sequence[tuple[str, float]]
"""Language ranges and their qualities, in the order of the header."""


@dataclass(frozen=True, slots=True, order=True)
class Fit:
    """How well a language fits; lower is better."""

    badness: float  # 0 to 1: one minus the quality; 1.5 where nothing was said of it, 2 where it is refused
    place: int  # of the range in the header
    detour: int  # 0 the very language, 1 a dialect of it, 2 and more: what is left when it is cut short


def best_language(accepted: Accepted, languages: Sequence[str]) -> str:
    """Return the language that fits best; of equals, the first. There is always one."""
    if len(languages) == 1:
        return languages[0]
    return min(languages, key=lambda language: _fit(accepted, language))


def accepted_language(accepted: Accepted, languages: Sequence[str]) -> str | None:
    """Return the language that fits best; None where none of them is asked for by name."""
    named = [item for item in accepted if item[0] != ANY]
    best = best_language(named, languages)
    return best if _fit(named, best).badness <= 1 else None


def _fit(accepted: Accepted, language: str) -> Fit:
    """Rate a language by the narrowest range that covers it, else by a range of which it is the wider form."""
    tag = language.lower()
    covering, wider = [], []
    for place, (text, quality) in enumerate(accepted):
        wanted = text.lower()
        if wanted == ANY or f"{tag}-".startswith(f"{wanted}-"):
            depth = 0 if wanted == ANY else wanted.count("-") + 1
            covering.append((depth, quality, place, int(wanted != tag)))
        elif quality > 0 and wanted.startswith(f"{tag}-"):
            wider.append(Fit(1 - quality, place, 2 + wanted.count("-") - tag.count("-")))
    named = [item for item in covering if item[0] > 0]
    if not named and wider:
        return min(wider)
    if not covering:
        return Fit(1.5, len(accepted), 0)
    depth = max(item[0] for item in covering)
    return min(Fit(1 - q if q > 0 else 2, place, detour) for d, q, place, detour in covering if d == depth)
