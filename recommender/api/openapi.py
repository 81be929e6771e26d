"""The recommender's part of the OpenAPI description, joined from the parts of its resources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from flask import Blueprint

from lrs.resources.openapi import Operation


class Resource(Protocol):
    """A module of `recommender.api`: its routes, and the schemas of what they take and answer."""

    blueprint: Blueprint

    def operations(self, maximum_limit: int) -> Mapping[tuple[str, str], Operation]:
        """Return the operations by path and method; an answer has `maximum_limit` recommendations at most."""
        ...


def operations(resources: Sequence[Resource], maximum_limit: int) -> dict[tuple[str, str], Operation]:
    """Return the operations of all resources."""
    return {key: one for resource in resources for key, one in resource.operations(maximum_limit).items()}
