"""The meanings of verbs and Activity types, as values.

A verb has up to six IRIs, so everything is decided by its canonical name. A verb is *positive* when doing it
says "this was worth it". Launched, failed and the like are not: counting them as positive cost 28 % of NDCG.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from schemas.catalogue import MODALITIES

UNKNOWN_STRENGTH = 1
IGNORED_KINDS = frozenset({"system", "test"})

Nuggets = Literal["yes", "no", "social", "course"]


@dataclass(frozen=True, slots=True)
class VerbMeaning:
    """The meaning of one verb IRI.

    `positive` is yes, no, or addressed (only where it is done for another person). With a scaled score below
    `min_score` the act is not positive, below `negative_below` it means the opposite. `completes` is yes, no, or
    never (whatever the result says). `min_progress` marks an event of a player: the progress (0 to 1) that the
    session must reach. `takes_back` names the canonical verb that it undoes. `values_post` is for verbs that
    praise what others wrote. `makes_post` is for those that write a post: always (yes), or in a thread (reply).
    Nobody is named to others for a `private` act.
    """

    canonical: str
    kind: str
    strength: int
    positive: str = "no"
    min_score: float | None = None
    negative_below: float | None = None
    completes: str = "no"
    min_progress: float | None = None
    is_peer_edge: bool = False
    takes_back: str = ""
    values_post: bool = False
    makes_post: str = ""
    private: bool = False


@dataclass(frozen=True, slots=True)
class ActivityTypeMeaning:
    """The meaning of one Activity type.

    `nugget` is yes, no, social (only where people talk about it), or course (no nugget, but a step of a course).
    It becomes a nugget when `min_valued` other people have valued it (0: at once). `thread` is yes where replies
    belong to it, forum where threads do. Nobody is named to others for what is `private`.
    """

    name: str
    kind: str
    nugget: Nuggets
    min_valued: int = 0
    thread: str = ""
    private: bool = False


UNKNOWN_VERB = VerbMeaning("other", "other", UNKNOWN_STRENGTH)
UNKNOWN_TYPE = ActivityTypeMeaning("", "", "yes")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The meanings of a store's verbs and Activity types, by IRI; different meanings have a different `version`."""

    verbs: Mapping[str, VerbMeaning]
    types: Mapping[str, ActivityTypeMeaning]
    version: str

    def verb(self, iri: str) -> VerbMeaning:
        """Return what a verb means; one never seen before is a weak sign of interest."""
        return self.verbs.get(iri, UNKNOWN_VERB)

    def activity_type(self, iri: str) -> ActivityTypeMeaning:
        """Return what an Activity type means; an unknown one may be a nugget."""
        return self.types.get(iri, UNKNOWN_TYPE)

    def is_step(self, iri: str) -> bool:
        """Return whether Activities of a type may be steps of a course or a path; what people write is none."""
        kind = self.activity_type(iri)
        talks = kind.kind == "social" or bool(kind.thread or kind.min_valued)
        return kind.nugget in ("yes", "course") and not talks

    def modality(self, iri: str, *, in_course: bool = False) -> str:
        """Return whether Activities of a type are formal, informal or social; empty where unknown.

        In a course all but social ones are formal.
        """
        kind = self.activity_type(iri).kind
        if in_course and kind != "social":
            return "formal"
        return kind if kind in MODALITIES else ""
