"""What verbs and Activity types mean, as values.

One verb has up to six IRIs, so everything is decided by its canonical name. A verb is *positive* when doing it
says "this was worth it"; launched, failed and the like are not (counting them as positives cost 28 %).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.catalogue import MODALITIES

UNKNOWN_STRENGTH = 1
IGNORED_KINDS = frozenset({"system", "test"})

Nuggets = Literal["yes", "no", "social"]


@dataclass(frozen=True, slots=True)
class VerbMeaning:
    """What one verb IRI stands for.

    `positive` is yes, no, or addressed: only where done for another person. With a score below `least_score`
    it is not positive, below `negative_below` it says the opposite. `completes` is yes, no, or never: whatever
    the result says. `least_progress` marks a player's event: how far (0 to 1) the learner must get in the
    session. `takes_back` names the canonical verb undone. `values_post` says that it honours what others
    wrote, `makes_post` that the post is the learner's own.
    """

    canonical: str
    kind: str
    strength: int
    positive: str = "no"
    least_score: float | None = None
    negative_below: float | None = None
    completes: str = "no"
    least_progress: float | None = None
    is_peer_edge: bool = False
    takes_back: str = ""
    values_post: bool = False
    makes_post: bool = False


@dataclass(frozen=True, slots=True)
class ActivityTypeMeaning:
    """What one Activity type stands for.

    `nugget` is yes, no, or social: only where people talk about it. It is one only after `least_valued`
    others valued it (0: at once).
    """

    name: str
    kind: str
    nugget: Nuggets
    least_valued: int = 0


UNKNOWN_VERB = VerbMeaning("other", "other", UNKNOWN_STRENGTH)
UNKNOWN_TYPE = ActivityTypeMeaning("", "", "yes")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What a store's verbs and Activity types mean, by IRI; `version` is another for other meanings."""

    verbs: Mapping[str, VerbMeaning]
    types: Mapping[str, ActivityTypeMeaning]
    version: str

    def verb(self, iri: str) -> VerbMeaning:
        """Return what a verb means; one never seen before is a weak sign of interest."""
        return self.verbs.get(iri, UNKNOWN_VERB)

    def activity_type(self, iri: str) -> ActivityTypeMeaning:
        """Return what an Activity type means; nothing speaks against an unknown one."""
        return self.types.get(iri, UNKNOWN_TYPE)

    def modality(self, iri: str) -> str:
        """Return whether Activities of a type are formal, informal or social; empty where unknown."""
        kind = self.activity_type(iri).kind
        return kind if kind in MODALITIES else ""
