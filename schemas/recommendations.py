"""The query parameters of the recommendation resources."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from schemas import parameters, patterns
from schemas.catalogue import MODALITIES
from schemas.errors import InvalidInputError
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from schemas.versions import XAPI_2_0_0

RULE = "Learnerprise recommendations"
DEFAULT_LIMIT = 10
FILTERS = ("format", "modality", "language", "level", "skill", "max_minutes")
TARGETS = ("skill", "role", "goal")
MOST_MINUTES = 1_000_000
MOST_SHARE = 1000


@dataclass(frozen=True, slots=True)
class RecommendationQuery:
    """For whom to recommend, and how many at most."""

    agent: dict[str, Any]
    identifier: str
    limit: int = DEFAULT_LIMIT


@dataclass(frozen=True, slots=True)
class NuggetFilters:
    """What nuggets must be like; several values of one property are alternatives, nothing means all."""

    format: tuple[str, ...] = ()
    modality: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    level: tuple[str, ...] = ()
    skill: str = ""
    max_minutes: int | None = None

    def named(self) -> dict[str, tuple[str, ...]]:
        """Return the properties with the values asked for, of those that have some."""
        asked = {name: getattr(self, name) for name in ("format", "modality", "language", "level")}
        return {name: values for name, values in asked.items() if values}


@dataclass(frozen=True, slots=True)
class NuggetQuery(RecommendationQuery):
    """Which nuggets to recommend to whom: `mix` are shares by modality, `more` the token of the last answer.

    `diversity` (0 to 1) is None for the setting; `speaks` is the language of the reasons, empty for the learner's.
    """

    filters: NuggetFilters = NuggetFilters()
    mix: Mapping[str, int] = field(default_factory=dict)
    more: str = ""
    diversity: float | None = None
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class SimilarQuery:
    """To which nugget others should be similar, and who asks, if that was told."""

    activity: str
    agent: dict[str, Any] | None = None
    identifier: str = ""
    limit: int = DEFAULT_LIMIT
    filters: NuggetFilters = NuggetFilters()
    speaks: str = ""


@dataclass(frozen=True, slots=True)
class PathQuery:
    """For whom a learning path, and towards what: one of TARGETS and its value, or neither."""

    agent: dict[str, Any]
    identifier: str
    target: str = ""
    value: str = ""
    speaks: str = ""


def parse_recommendation_query(pairs: Iterable[tuple[str, str]], maximum: int = 100) -> RecommendationQuery:
    """Return the query of a recommendation resource: `agent` (JSON) and `limit` (1 to `maximum`)."""
    found = parameters.collect(pairs, ("agent", "limit"), RULE)
    agent, identifier = read_learner(found)
    return RecommendationQuery(agent, identifier, read_limit(found, maximum))


def parse_nugget_query(
    pairs: Iterable[tuple[str, str]], maximum: int, languages: Collection[str]
) -> NuggetQuery:
    """Return the query for nuggets; reasons may be asked for in one of these languages."""
    known = ("agent", "limit", *FILTERS, "mix", "more", "diversity", "answer_language")
    found = parameters.collect(pairs, known, RULE)
    agent, identifier = read_learner(found)
    return NuggetQuery(
        agent,
        identifier,
        read_limit(found, maximum),
        _filters(found),
        _mix(found),
        read_token(found),
        _share(found, "diversity"),
        read_answer_language(found, languages),
    )


def parse_similar_query(
    pairs: Iterable[tuple[str, str]], maximum: int, languages: Collection[str]
) -> SimilarQuery:
    """Return the query for similar nuggets: `activity` must be an IRI, `agent` may be left out."""
    known = ("activity", "agent", "limit", *FILTERS, "answer_language")
    found = parameters.collect(pairs, known, RULE)
    parameters.required(found, "activity", RULE)
    agent, identifier = read_learner(found) if "agent" in found else (None, "")
    return SimilarQuery(
        parameters.iri(found, "activity", RULE) or "",
        agent,
        identifier,
        read_limit(found, maximum),
        _filters(found),
        read_answer_language(found, languages),
    )


def parse_path_query(pairs: Iterable[tuple[str, str]], languages: Collection[str]) -> PathQuery:
    """Return the query for a learning path: `agent` and at most one of `skill`, `role` and `goal`."""
    found = parameters.collect(pairs, ("agent", *TARGETS, "answer_language"), RULE)
    agent, identifier = read_learner(found)
    targets = [name for name in TARGETS if name in found]
    if len(targets) > 1:
        second = targets[1]
        raise parameters.refusal(second, found[second], f"cannot go with {targets[0]}; send one", rule=RULE)
    target = targets[0] if targets else ""
    value = _plain(found, target) if target else ""
    return PathQuery(agent, identifier, target, value, read_answer_language(found, languages))


def read_learner(found: Mapping[str, str]) -> tuple[dict[str, Any], str]:
    """Return the Agent of the parameter `agent`, and its identifier."""
    parameters.required(found, "agent", RULE)
    agent = parameters.agent(found, XAPI_2_0_0) or {}
    identifier = identifier_of(agent)
    if identifier is None:
        raise InvalidInputError(
            f"{dump_json(agent).decode()} identifies nobody; send an Agent with one identifier",
            path="agent",
            rule=RULE,
        )
    return agent, identifier


def read_limit(found: Mapping[str, str], maximum: int) -> int:
    """Return how many recommendations are asked for, from 1 to `maximum`."""
    return parameters.integer(found, "limit", min(DEFAULT_LIMIT, maximum), (1, maximum), RULE)


def read_token(found: Mapping[str, str]) -> str:
    """Return the token of the page before, empty where none is named."""
    if found.get("more") == "":
        problem = 'is empty; ask for the address that came as "more", or leave the parameter out'
        raise parameters.refusal("more", "", problem, rule=RULE)
    return found.get("more", "")


def _filters(found: Mapping[str, str]) -> NuggetFilters:
    return NuggetFilters(
        format=_values(found, "format"),
        modality=_modalities(found),
        language=tuple(dict.fromkeys(tag.split("-")[0] for tag in _values(found, "language"))),
        level=_values(found, "level"),
        skill=_plain(found, "skill"),
        max_minutes=_max_minutes(found),
    )


def _values(found: Mapping[str, str], name: str) -> tuple[str, ...]:
    """Return values separated by commas, trimmed and in lower case; an empty one is refused."""
    if name not in found:
        return ()
    values = [value.strip().lower() for value in found[name].split(",")]
    if not all(values):
        raise parameters.refusal(
            name, found[name], "has an empty value; send one, or leave it out", rule=RULE
        )
    return tuple(dict.fromkeys(values))


def _plain(found: Mapping[str, str], name: str) -> str:
    if name in found and not found[name].strip():
        raise parameters.refusal(name, found[name], "is empty; send a value, or leave it out", rule=RULE)
    return found.get(name, "").strip().lower()


def _modalities(found: Mapping[str, str]) -> tuple[str, ...]:
    values = _values(found, "modality")
    for value in values:
        _check_modality("modality", value)
    return values


def _check_modality(name: str, value: str) -> None:
    if value not in MODALITIES:
        raise parameters.refusal(
            name, value, "is no modality; send formal, informal or social", rule=RULE, code="unknown_value"
        )


def _max_minutes(found: Mapping[str, str]) -> int | None:
    if "max_minutes" not in found:
        return None
    return parameters.integer(found, "max_minutes", 0, (1, MOST_MINUTES), RULE)


def _mix(found: Mapping[str, str]) -> dict[str, int]:
    """Return the shares of `formal:5,informal:3,social:2`; one of 0 leaves a modality out."""
    shares: dict[str, int] = {}
    for part in _values(found, "mix"):
        name, colon, number = (text.strip() for text in part.partition(":"))
        _check_modality("mix", name)
        if not colon or not patterns.matches("[0-9]{1,4}", number) or int(number) > MOST_SHARE:
            problem = f"is refused; send shares from 0 to {MOST_SHARE}, such as formal:5,informal:3,social:2"
            raise parameters.refusal("mix", part, problem, rule=RULE)
        if name in shares:
            raise parameters.refusal("mix", part, f"names {name} twice; send it once", rule=RULE)
        shares[name] = int(number)
    if shares and not any(shares.values()):
        raise parameters.refusal("mix", found["mix"], "leaves nothing; give a share above 0", rule=RULE)
    return shares


def _share(found: Mapping[str, str], name: str) -> float | None:
    value = found.get(name)
    if value is None:
        return None
    if not patterns.matches(r"(0|0?\.[0-9]{1,9}|1(\.0{1,9})?|0\.0)", value):
        raise parameters.refusal(name, value, "is refused; send a number from 0 to 1, such as 0.3", rule=RULE)
    return float(value)


def read_answer_language(found: Mapping[str, str], languages: Collection[str]) -> str:
    """Return the language asked for, one of these; empty where none is."""
    value = found.get("answer_language", "")
    primary = value.strip().lower().split("-")[0]
    if "answer_language" in found and primary not in languages:
        problem = f"is none of ours; send {', '.join(languages)}, or leave it out"
        raise parameters.refusal("answer_language", value, problem, rule=RULE, code="unknown_value")
    return primary
