"""Query parameters: each at most once, spelt exactly and typed; errors name the remedy."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from schemas import patterns
from schemas.breaches import shown
from schemas.compiled import check_agent
from schemas.errors import InvalidInputError
from schemas.json_text import parse_json
from schemas.timestamps import parse_timestamp
from schemas.versions import VersionRules

_XAPI, _XAPI_NAMES = "xAPI", "xAPI 1.0.3 Communication 3.2"
MAX_INTEGER = 2**63 - 1


def collect(pairs: Iterable[tuple[str, str]], allowed: Collection[str], rule: str) -> dict[str, str]:
    """Return the parameters by name; refuse unknown, mis-cased and repeated ones."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in allowed:
            broken = _XAPI_NAMES if rule.startswith(_XAPI) else rule
            raise refusal(name, value, _unknown(name, allowed), rule=broken, code="unknown_parameter")
        if name in found:
            raise refusal(name, value, "is given twice; send it once", rule=rule, code="repeated_parameter")
        found[name] = value
    return found


def refusal(
    name: str, value: str, problem: str, *, rule: str, code: str = "invalid_parameter", path: str = ""
) -> InvalidInputError:
    """Return the error for one parameter."""
    return InvalidInputError(
        f"parameter {name}={shown(value)} {problem}", path=path or name, rule=rule, code=code
    )


def required(found: Mapping[str, str], name: str, rule: str) -> str:
    """Return a parameter that must be there."""
    if name not in found:
        raise InvalidInputError(
            f"parameter {name} is missing; add {name}=...", path=name, rule=rule, code="missing_parameter"
        )
    return found[name]


def boolean(found: Mapping[str, str], name: str, rule: str) -> bool:
    """Return a parameter that is true or false; false when absent."""
    value = found.get(name, "false")
    if value.lower() not in ("true", "false"):
        raise refusal(name, value, "is not a Boolean; send true or false", rule=rule)
    return value.lower() == "true"


def integer(found: Mapping[str, str], name: str, default: int, bounds: tuple[int, int], rule: str) -> int:
    """Return a parameter that is a whole number within bounds."""
    value = found.get(name)
    if value is None:
        return default
    low, high = bounds
    number = int(value) if patterns.matches("[0-9]{1,40}", value) else -1
    if not low <= number <= high:
        raise refusal(name, value, f"is refused; send a whole number from {low} to {high}", rule=rule)
    return number


def limit(found: Mapping[str, str], rule: str) -> int:
    """Return the `limit` of a query; 0, also when absent, means the maximum of the server."""
    return integer(found, "limit", 0, (0, MAX_INTEGER), rule)


def uuid(found: Mapping[str, str], name: str, rule: str) -> str | None:
    """Return a UUID in lower case, or None when absent."""
    value = found.get(name)
    if value is None:
        return None
    if not patterns.matches(patterns.UUID, value):
        raise refusal(
            name, value, "is not a UUID; send one such as 6690e6c9-3ef0-4ed3-8b37-7f3964730bee", rule=rule
        )
    return value.lower()


def iri(found: Mapping[str, str], name: str, rule: str) -> str | None:
    """Return an IRI as it is, or None when absent."""
    value = found.get(name)
    if value is not None and not patterns.matches(patterns.IRI, value):
        raise refusal(
            name,
            value,
            f"is not an IRI; send one with a scheme, such as https://example.org/x{_plus_hint(value)}",
            rule=rule,
        )
    return value


def word(found: Mapping[str, str], name: str, words: tuple[str, ...], rule: str) -> str:
    """Return one of a few words; the first one when absent."""
    value = found.get(name, words[0])
    if value not in words:
        raise refusal(name, value, f"is refused; send {', '.join(words[:-1])} or {words[-1]}", rule=rule)
    return value


def timestamp(found: Mapping[str, str], name: str) -> int | None:
    """Return a timestamp in microseconds since the epoch, or None when absent."""
    value = found.get(name)
    if value is None:
        return None
    try:
        return parse_timestamp(value)
    except InvalidInputError as error:
        raise refusal(name, value, f"is refused: {error.message}", rule=error.rule) from error


def agent(found: Mapping[str, str], rules: VersionRules, name: str = "agent") -> dict[str, Any] | None:
    """Return an Agent or Identified Group given as JSON, or None when absent."""
    value = found.get(name)
    if value is None:
        return None
    parsed: Any = None
    try:
        parsed = parse_json(_utf8(name, value))
        check_agent(parsed, rules, path=name)
    except InvalidInputError as error:
        hint = _plus_hint(*_identifiers_of(parsed))
        problem = f"is not a JSON Agent or Identified Group: {error.message}{hint}"
        raise refusal(name, value, problem, rule=error.rule, path=error.path) from error
    accepted: dict[str, Any] = parsed
    return accepted


def _identifiers_of(agent: Any) -> list[Any]:
    """Return the values of what may be an Agent that may hold no space."""
    plain = agent if isinstance(agent, dict) else {}
    account = plain.get("account")
    home_page = account.get("homePage") if isinstance(account, dict) else None
    return [plain.get("mbox"), plain.get("openid"), home_page]


def _plus_hint(*values: Any) -> str:
    """Return what to say where a space may have been a `+` that was not encoded."""
    spaced = any(isinstance(value, str) and " " in value for value in values)
    return "; in a URL write + as %2B, since a bare one stands for a space" if spaced else ""


def _utf8(name: str, value: str) -> bytes:
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise refusal(name, value, "is not UTF-8; percent-encode UTF-8 text", rule="RFC 3986") from error


def _unknown(name: str, allowed: Collection[str]) -> str:
    near = [known for known in sorted(allowed) if known.lower() == name.lower()]
    known = f"known are {', '.join(sorted(allowed))}" if allowed else "it has none"
    remedy = f"did you mean {near[0]}? Names are case-sensitive" if near else f"leave it out; {known}"
    return f"is not a parameter of this resource; {remedy}"
