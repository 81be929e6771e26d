"""One Statement becomes the interactions it stands for: none, one, or one for each member of a Group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recommender.extensions import ADDRESSED_TO
from recommender.interactions.vocabulary import (
    IGNORED_KINDS,
    VerbMeaning,
    activity_type_meaning,
    verb_meaning,
)
from schemas.identifiers import identifier_of

SESSION_ID = "https://w3id.org/xapi/video/extensions/session-id"
VIDEO_PROGRESS = "https://w3id.org/xapi/video/extensions/progress"
CMI5_PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
UNDONE = "undone"
ENOUGH_SCORE = 0.6
LITTLE_SCORE = 0.4
FULL_STRENGTH = 4
MODALITIES = ("formal", "informal", "social")
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Interaction:
    """What one learner, known by an identifier, did once.

    `item` is an Activity id or None when only another person is concerned (`peer`, an identifier). `weight`
    is for training, about 1 for a plain completion. `undoes` is the id of a Statement taken back.
    """

    statement_id: str
    ordinal: int
    identifier: str
    seq: bytes
    at: int
    item: str | None
    verb: str
    kind: str
    strength: int
    weight: float
    positive: bool
    completed: bool
    session: str
    progress: float | None = None
    player: bool = False
    peer: str | None = None
    takes_back: str = ""
    undoes: str = ""


def extract_interactions(statement: Mapping[str, Any], at: int, seq: bytes) -> tuple[Interaction, ...]:
    """Return the interactions of a stored Statement that happened `at` (us); pure."""
    meaning = verb_meaning(statement["verb"]["id"])
    if meaning.canonical == UNDONE:
        acts = [_undo(statement, at, seq)]
    elif meaning.kind in IGNORED_KINDS or meaning.strength == 0:
        acts = []
    else:
        acts = [_act(statement, meaning, at, seq)]
    learners = actors_of(statement["actor"])
    return tuple(
        replace(act, identifier=identifier, ordinal=ordinal)
        for act in acts
        if act is not None
        for ordinal, identifier in enumerate(learners)
        if identifier != act.peer
    )


def actors_of(actor: Mapping[str, Any]) -> list[str]:
    """Return the identifiers of the Agent, or of the members of the Group, each once."""
    members = actor.get("member", []) if actor.get("objectType") == "Group" else [actor]
    found = [identifier_of(member) for member in members]
    return list(dict.fromkeys(identifier for identifier in found if identifier))


def _undo(statement: Mapping[str, Any], at: int, seq: bytes) -> Interaction | None:
    """Read an undo: its object is a reference to the Statement taken back, or the act itself inside."""
    target = statement["object"]
    blank = Interaction(statement["id"], 0, "", seq, at, None, UNDONE, "system", 0, 0.0, False, False, "")
    if target.get("objectType") == "StatementRef":
        return replace(blank, undoes=target["id"].lower())
    if target.get("objectType") != "SubStatement":
        return None
    inner = target["object"]
    peer = identifier_of(inner) if inner.get("objectType") in {"Agent", "Group"} else None
    verb = verb_meaning(target["verb"]["id"]).canonical
    return replace(blank, item=None if peer else inner.get("id"), peer=peer, takes_back=verb)


def _act(statement: Mapping[str, Any], meaning: VerbMeaning, at: int, seq: bytes) -> Interaction | None:
    peer = _peer(statement)
    item = _item(statement["object"], meaning, peer is not None)
    if item is None and (peer is None or not (meaning.is_peer_edge or meaning.takes_back)):
        return None
    result = statement.get("result", {})
    score = _score(result)
    return Interaction(
        statement_id=statement["id"],
        ordinal=0,
        identifier="",
        seq=seq,
        at=at,
        item=item,
        verb=meaning.canonical,
        kind=_kind(statement, meaning, peer is not None),
        strength=_strength(meaning, score),
        weight=_weight(meaning, score),
        positive=item is not None and _is_positive(meaning, result, score, peer is not None),
        completed=_is_completed(meaning, result),
        session=_session(statement, at),
        progress=_progress(result),
        player=meaning.is_player_event,
        peer=peer if meaning.is_peer_edge or meaning.takes_back else None,
        takes_back=meaning.takes_back,
    )


def _item(target: Mapping[str, Any], meaning: VerbMeaning, addressed: bool) -> str | None:
    """Return the Activity's id when it can be a nugget: by its type, or when nothing speaks against it."""
    if target.get("objectType", "Activity") != "Activity" or meaning.canonical == "searched":
        return None
    definition = target.get("definition", {})
    if definition.get("interactionType"):
        return None
    kind = activity_type_meaning(definition.get("type", ""))
    social = meaning.kind == "social" or addressed
    fits = kind is None or kind.nugget == "yes" or (kind.nugget == "social" and social)
    return target["id"] if fits else None


def _peer(statement: Mapping[str, Any]) -> str | None:
    target = statement["object"]
    if target.get("objectType") == "Agent":
        return identifier_of(target)
    addressed = statement.get("context", {}).get("extensions", {}).get(ADDRESSED_TO)
    if not isinstance(addressed, Mapping):
        return None
    try:
        return identifier_of(addressed)
    except (AttributeError, TypeError, KeyError, ValueError):
        return None  # an extension may hold anything


def _kind(statement: Mapping[str, Any], meaning: VerbMeaning, addressed: bool) -> str:
    """Return formal, informal or social: what is done for a person is social, in a course formal."""
    if addressed or meaning.kind == "social":
        return "social"
    parents = statement.get("context", {}).get("contextActivities", {}).get("parent", [])
    for parent in parents if isinstance(parents, list) else [parents]:
        if _last_segment(parent) == "course":
            return "formal"
    own = activity_type_meaning(statement["object"].get("definition", {}).get("type", ""))
    kinds = [own.kind if own else "", meaning.kind]
    return next((kind for kind in kinds if kind in MODALITIES), "informal")


def _last_segment(activity: Mapping[str, Any]) -> str:
    return str(activity.get("definition", {}).get("type", "")).rsplit("/", 1)[-1]


def _score(result: Mapping[str, Any]) -> float | None:
    """Return the score between 0 and 1, or None."""
    score = result.get("score", {})
    if "scaled" in score:
        return min(1.0, max(0.0, float(score["scaled"])))
    raw, least, most = (_number(score.get(name, other)) for name, other in _SCORE_PARTS)
    if raw is None or least is None or most is None or most <= least:
        return None
    return min(1.0, max(0.0, (raw - least) / (most - least)))


_SCORE_PARTS = (("raw", None), ("min", 0), ("max", None))


def _number(value: Any) -> float | None:
    """Return a JSON number as a float; None for anything else and for what no float can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _strength(meaning: VerbMeaning, score: float | None) -> int:
    """Return the verb's strength; a low rating says the opposite of a high one."""
    if meaning.canonical == "rated" and score is not None and score < LITTLE_SCORE:
        return -meaning.strength
    return meaning.strength


def _weight(meaning: VerbMeaning, score: float | None) -> float:
    plain = max(1, meaning.strength) / FULL_STRENGTH
    return plain if score is None else plain * (0.5 + 0.5 * score)


def _is_positive(
    meaning: VerbMeaning, result: Mapping[str, Any], score: float | None, addressed: bool
) -> bool:
    if meaning.strength <= 0 or result.get("success") is False:
        return False
    if meaning.canonical == "rated":
        return score is None or score >= ENOUGH_SCORE
    if meaning.canonical == "answered":
        return addressed
    return meaning.is_positive or result.get("completion") is True


def _is_completed(meaning: VerbMeaning, result: Mapping[str, Any]) -> bool:
    """Tell whether it is done: what was failed is not, also when the test was gone through to its end."""
    if meaning.strength < 0 or meaning.canonical == "failed" or result.get("success") is False:
        return False
    completion = result.get("completion")
    return completion is True or (meaning.completes and completion is not False)


def _progress(result: Mapping[str, Any]) -> float | None:
    """Return how far the learner got, from 0 to 1: the video profile counts so, cmi5 in percent.

    More than 1 in the terms of the video profile comes from players that count in percent, too.
    """
    extensions = result.get("extensions", {})
    for name in (VIDEO_PROGRESS, CMI5_PROGRESS):
        value = _number(extensions.get(name))
        if value is not None:
            return value / 100 if name == CMI5_PROGRESS or value > 1 else value
    return None


def _session(statement: Mapping[str, Any], at: int) -> str:
    """Return what holds repeated events together: the player's session, the registration, or the day."""
    context = statement.get("context", {})
    session = context.get("extensions", {}).get(SESSION_ID)
    if isinstance(session, str) and session:
        return session[:100]
    return str(context.get("registration") or at // DAY_US)


def identifiers_in(interactions: Sequence[Interaction]) -> set[str]:
    """Return the identifiers of everybody concerned."""
    peers = {one.peer for one in interactions if one.peer}
    return {one.identifier for one in interactions} | peers
