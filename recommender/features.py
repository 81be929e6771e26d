"""Features of nuggets, from Activity definitions, and of learners, as names such as `skill:python`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp

from recommender.extensions import FORMAT, LANGUAGE, LEVEL, SKILLS, plain_text, plain_texts
from recommender.storage.user_features import UserFeatures

_WORD = re.compile(r"[^\W\d_]{3,}")


def item_feature_names(definition: Mapping[str, Any], most: int) -> list[str]:
    """Return a nugget's features, the telling ones first, at most `most`."""
    extensions = _mapping(definition.get("extensions"))
    names = [f"type:{_last_segment(definition['type'])}"] if isinstance(definition.get("type"), str) else []
    names += [f"skill:{skill}" for skill in nugget_skills(definition)]
    for part, extension in (("format", FORMAT), ("language", LANGUAGE), ("level", LEVEL)):
        value = plain_text(extensions.get(extension))
        names += [f"{part}:{value}"] if value else []
    names += [f"word:{word}" for word in _title_words(definition)]
    return list(dict.fromkeys(names))[:most]


def nugget_skills(definition: Mapping[str, Any]) -> list[str]:
    """Return the skills that a nugget teaches, by its own account."""
    return plain_texts(_mapping(definition.get("extensions")).get(SKILLS))


def nugget_language(definition: Mapping[str, Any]) -> str:
    """Return a nugget's language (`en`, no region): by its own account, or by its only name; empty if unknown."""
    names = list(_mapping(definition.get("name")))
    stated = plain_text(_mapping(definition.get("extensions")).get(LANGUAGE))
    return primary_language(stated or (names[0] if len(names) == 1 else ""))


def primary_language(tag: str) -> str:
    """Return the language of a tag without region or script; empty for an undetermined one."""
    language = tag.lower().split("-")[0]
    return "" if language == "und" else language


def user_feature_names(features: UserFeatures) -> list[str]:
    """Return a learner's side features."""
    parts = (
        ("team", features.team),
        ("role", plain_text(features.role)),
        ("language", plain_text(features.language)),
    )
    names = [f"{part}:{value}" for part, value in parts if value]
    return names + [f"skill:{plain_text(skill)}" for skill in features.skills]


def build_item_features(
    items: Sequence[str], definitions: Mapping[str, Mapping[str, Any]], most: int
) -> sp.csr_matrix:
    """Return items x features, weighted by tf-idf with rows of length 1; features of few nuggets are dropped.

    An epoch gets 5 to 12 times slower with many features, so rare ones and those beyond `most` go.
    """
    named = [item_feature_names(definitions.get(item, {}), most) for item in items]
    frequency = Counter(name for names in named for name in names)
    least = min(8, max(2, len(items) // 50))
    kept = tuple(sorted(name for name, count in frequency.items() if least <= count < len(items)))
    index = {name: position for position, name in enumerate(kept)}
    pairs = [(row, index[name]) for row, names in enumerate(named) for name in names if name in index]
    rows, columns = zip(*pairs, strict=True) if pairs else ((), ())
    rarity = np.array([np.log(len(items) / frequency[name]) + 0.1 for name in kept], dtype=np.float32)
    data = rarity[list(columns)] if pairs else np.zeros(0, dtype=np.float32)
    matrix = sp.csr_matrix((data, (rows, columns)), shape=(len(items), len(kept)), dtype=np.float32)
    return _unit_rows(matrix)


def _unit_rows(matrix: sp.csr_matrix) -> sp.csr_matrix:
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    scale = np.divide(1.0, length, out=np.zeros_like(length), where=length > 0)
    return (sp.diags(scale) @ matrix).tocsr().astype(np.float32)


def _title_words(definition: Mapping[str, Any]) -> list[str]:
    names = _mapping(definition.get("name"))
    return [word.lower() for text in names.values() if isinstance(text, str) for word in _WORD.findall(text)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _last_segment(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1].lower()
