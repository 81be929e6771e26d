"""Turns one Statement into its interactions: none, one, or one for each member of a Group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from recommender.interactions.memberships import read_membership
from recommender.interactions.places import read_places
from recommender.interactions.posts import Post, read_post
from recommender.interactions.unfinished import ASSIGNED
from recommender.storage.interactions import Interaction
from recommender.storage.reading import stored_us
from recommender.vocabulary.extensions import ADDRESSED_TO, is_kept_id, search_term
from recommender.vocabulary.meanings import IGNORED_KINDS, ActivityTypeMeaning, VerbMeaning, Vocabulary
from schemas.catalogue import MODALITIES
from schemas.identifiers import identifier_of, is_pseudonym

SESSION_ID = "https://w3id.org/xapi/video/extensions/session-id"
VIDEO_PROGRESS = "https://w3id.org/xapi/video/extensions/progress"
VOTE = "https://w3id.org/xapi/acrossx/extensions/type"
CMI5_PROGRESS = "https://w3id.org/xapi/cmi5/result/extensions/progress"
MASTERY_SCORE = "https://w3id.org/xapi/cmi5/context/extensions/masteryscore"
UNDONE, SEARCHED = "undone", "searched"
FULL_STRENGTH = 4
DAY_US = 86_400_000_000

Act = Interaction[str]


def extract_interactions(
    statement: Mapping[str, Any], at: int, seq: bytes, vocabulary: Vocabulary
) -> tuple[Act, ...]:
    """Return the interactions of a stored Statement that happened `at` (us); pure.

    What a clock that is ahead dates to a time after the Statement was stored happened when it was stored.
    """
    at = min(at, stored_us(seq))
    meaning = vocabulary.verb(statement["verb"]["id"])
    if meaning.canonical == UNDONE:
        act = _undo(statement, at, seq, vocabulary)
    elif meaning.canonical == SEARCHED:
        act = _search(statement, meaning, at, seq)
    elif meaning.kind in IGNORED_KINDS or meaning.strength == 0:
        return ()
    else:
        act = _act(statement, meaning, read_post(statement, meaning, vocabulary), at, seq) or read_membership(
            statement, meaning, vocabulary, at, seq
        )
    if act is None:
        return ()
    learners = enumerate(_learners_of(statement, act.verb))
    places = read_places(statement, vocabulary)
    kind = "formal" if places.in_course and act.kind in MODALITIES and act.kind != "social" else act.kind
    act = replace(act, kind=kind, within=(*act.within, *places.ids), in_course=places.in_course)
    return tuple(
        replace(act, learner=identifier, ordinal=ordinal)
        for ordinal, identifier in learners
        if identifier != act.peer and not is_pseudonym(identifier)
    )


def _learners_of(statement: Mapping[str, Any], verb: str) -> list[str]:
    """Return whose act it is: what one person assigns to another is on the other's list, not on the own."""
    addressed = _peer(statement) if verb == ASSIGNED else None
    return [addressed] if addressed else _everybody(statement["actor"])


def actors_of(actor: Mapping[str, Any]) -> list[str]:
    """Return the identifiers of the Agent, or of the members of the Group, each once; nobody's who was erased."""
    return [one for one in _everybody(actor) if not is_pseudonym(one)]


def _everybody(actor: Mapping[str, Any]) -> list[str]:
    members = actor.get("member", []) if actor.get("objectType") == "Group" else [actor]
    found = [_identifier(member) for member in members]
    return list(dict.fromkeys(identifier for identifier in found if identifier))


def _identifier(person: Mapping[str, Any]) -> str | None:
    identifier = identifier_of(person)
    return identifier if is_kept_id(identifier) else None


def _undo(statement: Mapping[str, Any], at: int, seq: bytes, vocabulary: Vocabulary) -> Act | None:
    """Read an undo: its object is a reference to the Statement taken back, or a SubStatement of the act."""
    target = statement["object"]
    blank: Act = Interaction(
        statement["id"].lower(), 0, "", seq, at, None, UNDONE, "system", 0, 0.0, False, False, ""
    )
    if target.get("objectType") == "StatementRef":
        return replace(blank, undoes=target["id"].lower())
    if target.get("objectType") != "SubStatement":
        return None
    inner = target["object"]
    peer = _identifier(inner) if inner.get("objectType") in {"Agent", "Group"} else None
    verb = vocabulary.verb(target["verb"]["id"]).canonical
    item = inner.get("id")
    kept = item if not peer and is_kept_id(item) else None
    return replace(blank, item=kept, peer=peer, takes_back=verb)


def _search(statement: Mapping[str, Any], meaning: VerbMeaning, at: int, seq: bytes) -> Act | None:
    """Read a search for the term in its response; it is no act on a nugget, and has no strength.

    It was in vain (a score of 0) if the result says so: without success, or with a raw score of 0.
    """
    result = statement.get("result", {})
    term = search_term(result.get("response"))
    if not term:
        return None
    in_vain = result.get("success") is False or _number(result.get("score", {}).get("raw")) == 0
    return Interaction(
        statement["id"].lower(),
        *(0, "", seq, at, None, SEARCHED, "system", 0, 0.0, False, False, ""),
        score=0.0 if in_vain else None,
        private=meaning.private,
        term=term,
    )


def _act(statement: Mapping[str, Any], meaning: VerbMeaning, post: Post, at: int, seq: bytes) -> Act | None:
    peer, kind = _peer(statement), post.kind
    item = _item(statement["object"], meaning, kind, peer is not None)
    step = _step(statement["object"], kind) if item is None else ""
    if item is None and not step and (peer is None or not (meaning.is_peer_edge or meaning.takes_back)):
        return None
    result = statement.get("result", {})
    score = _score(result)
    strength = -meaning.strength if _is_vote_against(statement, meaning) else _strength(meaning, score)
    return Interaction(
        statement_id=statement["id"].lower(),
        ordinal=0,
        learner="",
        seq=seq,
        at=at,
        item=item,
        verb=meaning.canonical,
        kind=_kind(meaning, kind, peer is not None),
        strength=strength,
        weight=_weight(meaning, score),
        positive=item is not None and strength > 0 and _is_positive(meaning, result, score, peer is not None),
        completed=_is_completed(meaning, result),
        session=_session(statement, at),
        progress=_progress(result),
        min_progress=meaning.min_progress,
        peer=peer if meaning.is_peer_edge or meaning.takes_back else None,
        takes_back=meaning.takes_back,
        min_valued=kind.min_valued if item is not None else 0,
        values=post.valued if _is_praise(meaning, strength, score) else "",
        makes_post=post.is_own,
        about=post.about,
        named=peer is not None,
        step=step,
        score=score,
        failed=_is_failed(statement, meaning, score),
        private=meaning.private or kind.private,
    )


def _is_vote_against(statement: Mapping[str, Any], meaning: VerbMeaning) -> bool:
    """Return whether a vote is one against its object, as Open edX says in an extension."""
    extensions = statement.get("context", {}).get("extensions", {})
    return meaning.canonical == "voted" and extensions.get(VOTE) == "down"


def _item(
    target: Mapping[str, Any], meaning: VerbMeaning, kind: ActivityTypeMeaning, addressed: bool
) -> str | None:
    """Return the Activity's id if it can be a nugget, by its type and by what is done with it."""
    if not _is_whole_activity(target):
        return None
    social = meaning.kind == "social" or addressed
    is_nugget = kind.nugget == "yes" or (kind.nugget == "social" and social)
    return target["id"] if is_nugget else None


def _step(target: Mapping[str, Any], kind: ActivityTypeMeaning) -> str:
    """Return the id of an Activity that is no nugget but may be a step of a course, such as a test; else nothing."""
    return target["id"] if kind.nugget == "course" and _is_whole_activity(target) else ""


def _is_whole_activity(target: Mapping[str, Any]) -> bool:
    """Return whether an object is an Activity with an id that is kept, and not a single question of a test."""
    is_activity = target.get("objectType", "Activity") == "Activity" and is_kept_id(target["id"])
    return is_activity and not target.get("definition", {}).get("interactionType")


def _peer(statement: Mapping[str, Any]) -> str | None:
    found = _addressed(statement)
    return None if found and is_pseudonym(found) else found


def _addressed(statement: Mapping[str, Any]) -> str | None:
    target = statement["object"]
    if target.get("objectType") == "Agent":
        return _identifier(target)
    addressed = statement.get("context", {}).get("extensions", {}).get(ADDRESSED_TO)
    if not isinstance(addressed, Mapping):
        return None
    try:
        return _identifier(addressed)
    except (AttributeError, TypeError, KeyError, ValueError):
        return None  # an extension may hold anything


def _kind(meaning: VerbMeaning, kind: ActivityTypeMeaning, addressed: bool) -> str:
    """Return the modality: an act for a person is social, else the type's or the verb's."""
    if addressed or meaning.kind == "social":
        return "social"
    return next((found for found in (kind.kind, meaning.kind) if found in MODALITIES), "informal")


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
    """Return a JSON number as a float; None for anything else, and for a number that no float can hold."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    try:
        return float(value)
    except OverflowError:
        return None


def _strength(meaning: VerbMeaning, score: float | None) -> int:
    """Return the verb's strength; a low rating says the opposite of a high one."""
    if meaning.negative_below is not None and score is not None and score < meaning.negative_below:
        return -meaning.strength
    return meaning.strength


def _weight(meaning: VerbMeaning, score: float | None) -> float:
    plain = max(1, meaning.strength) / FULL_STRENGTH
    return plain if score is None else plain * (0.5 + 0.5 * score)


def _is_praise(meaning: VerbMeaning, strength: int, score: float | None) -> bool:
    """Return whether the score, if there is one, reaches the minimum of the verb."""
    enough = meaning.min_score is None or score is None or score >= meaning.min_score
    return strength > 0 and enough


def _is_positive(
    meaning: VerbMeaning, result: Mapping[str, Any], score: float | None, addressed: bool
) -> bool:
    if result.get("success") is False or not _is_praise(meaning, meaning.strength, score):
        return False
    if meaning.positive == "addressed":
        return addressed
    return meaning.positive == "yes" or result.get("completion") is True


def _is_completed(meaning: VerbMeaning, result: Mapping[str, Any]) -> bool:
    """Return whether the act completes its object; a failed test does not, even if it was taken to its end."""
    if meaning.strength < 0 or meaning.completes == "never" or result.get("success") is False:
        return False
    completion = result.get("completion")
    return completion is True or (meaning.completes == "yes" and completion is not False)


def _is_failed(statement: Mapping[str, Any], meaning: VerbMeaning, score: float | None) -> bool:
    """Return whether the act says that its object was not passed: by its verb, its result or cmi5's mastery score."""
    extensions = statement.get("context", {}).get("extensions", {})
    mastery = _number(extensions.get(MASTERY_SCORE))
    is_below = mastery is not None and score is not None and score < mastery
    return meaning.canonical == "failed" or statement.get("result", {}).get("success") is False or is_below


def _progress(result: Mapping[str, Any]) -> float | None:
    """Return how far the learner got, from 0 to 1: the unit of the video profile; cmi5 has percent.

    A video progress above 1 comes from players that send percent, too.
    """
    extensions = result.get("extensions", {})
    for name in (VIDEO_PROGRESS, CMI5_PROGRESS):
        value = _number(extensions.get(name))
        if value is not None:
            return value / 100 if name == CMI5_PROGRESS or value > 1 else value
    return None


def _session(statement: Mapping[str, Any], at: int) -> str:
    """Return what groups repeated events: the player's session, else the registration, else the day."""
    context = statement.get("context", {})
    session = context.get("extensions", {}).get(SESSION_ID)
    if isinstance(session, str) and session:
        return session[:100]
    return str(context.get("registration") or at // DAY_US)


def identifiers_in(interactions: Sequence[Act]) -> set[str]:
    """Return the identifiers of all learners and peers."""
    peers = {one.peer for one in interactions if one.peer}
    return {one.learner for one in interactions} | peers
