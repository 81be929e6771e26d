"""Payloads other than Statements: each is one marshmallow schema.

The schema loads what a client sends and writes the answer; apispec describes it in `/openapi.json`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar, Generic, TypeVar, cast

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError

from schemas import parameters
from schemas.breaches import Breach, JsonSchema
from schemas.errors import InvalidInputError

Values = dict[str, Any]
T = TypeVar("T")

COMPONENTS = "#/components/schemas/"


def reference(name: str) -> JsonSchema:
    """Return the reference to a schema of the OpenAPI description."""
    return {"$ref": COMPONENTS + name}


class Payload(Schema):
    """A JSON object that clients send: a property that is not known is refused."""

    rule: ClassVar[str] = ""

    class Meta:
        """What is not known is an error."""

        unknown = RAISE

    def read(self, sent: Any) -> Values:
        """Return the values to keep; raise InvalidInputError naming the first that is refused."""
        if not isinstance(sent, Mapping):
            raise InvalidInputError("the body is not a JSON object; send one with the values", rule=self.rule)
        try:
            return cast(Values, self.load(sent))
        except ValidationError as error:
            found = self.breaches(error)
            name = next((one for one in sent if one in found), next(iter(found)))
            raise self._refusal(name, found[name]) from error

    def read_one(self, name: str, value: Any) -> Any:
        """Return the value to keep of one property; raise InvalidInputError."""
        try:
            return self.fields[name].deserialize(value, name)
        except ValidationError as error:
            raise self._refusal(name, next(_breaches_in(error.messages))) from error

    def breaches(self, error: ValidationError) -> dict[str, Breach]:
        """Return the first breach of every property that was refused."""
        messages = cast("dict[str, Any]", error.messages)
        return {name: self._breach(name, found) for name, found in messages.items()}

    def _breach(self, name: str, messages: Any) -> Breach:
        if name in self.fields:
            return next(_breaches_in(messages))
        return Breach(f"there is no property {name!r}; known are {', '.join(self.fields)}", self.rule)

    def _refusal(self, name: str, breach: Breach) -> InvalidInputError:
        return InvalidInputError(str(breach), path=name, rule=breach.rule or self.rule)


class Answer(Schema):
    """A JSON object that we answer. Its fields are marked as required where they are always there."""

    class Meta:
        """Clients must expect that later versions answer more."""

        unknown = EXCLUDE


class Query(Schema, Generic[T]):
    """The parameters of a request: each at most once, spelt exactly, and made into one frozen object.

    `maximum` is the largest `limit`, `languages` are those in which reasons can be answered.
    """

    rule: ClassVar[str] = ""

    class Meta:
        """What is not known is an error."""

        unknown = RAISE

    def __init__(self, maximum: int = 100, languages: tuple[str, ...] = ()) -> None:
        self.maximum = maximum
        self.languages = languages
        super().__init__()
        self.names = tuple(field.data_key or name for name, field in self.fields.items())

    def read(self, pairs: Iterable[tuple[str, str]]) -> T:
        """Return what is asked for; raise InvalidInputError naming parameter, value, rule and remedy."""
        return cast(T, self.load(parameters.collect(pairs, self.names, self.rule)))


def _breaches_in(messages: Any) -> Iterator[Breach]:
    if isinstance(messages, Breach):
        yield messages
    elif isinstance(messages, Mapping):
        for inner in messages.values():
            yield from _breaches_in(inner)
    elif not isinstance(messages, str):
        for inner in messages:
            yield from _breaches_in(inner)
