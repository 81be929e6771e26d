"""What the OpenAPI description says of the recommender: joined from what each resource says of itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from flask import Blueprint

from lrs.resources.openapi import Operation
from schemas.breaches import JsonSchema


class Resource(Protocol):
    """A module of `recommender.api`: its routes, and what only the code knows of them."""

    blueprint: Blueprint
    SCHEMAS: Mapping[str, JsonSchema]

    def operations(self, maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
        """Return the operations by path and method; an answer has `maximum_limit` recommendations at most."""
        ...


def operations(resources: Sequence[Resource], maximum_limit: int) -> dict[tuple[str, str], Operation]:
    """Return the operations of all resources."""
    return {key: one for resource in resources for key, one in resource.operations(maximum_limit).items()}


def schemas(resources: Sequence[Resource]) -> dict[str, JsonSchema]:
    """Return the schemas of all resources, by name."""
    return {name: schema for resource in resources for name, schema in resource.SCHEMAS.items()}
