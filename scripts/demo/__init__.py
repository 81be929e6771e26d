"""The demo organisation: an invented company and half a year of its learning, as xAPI Statements."""

from __future__ import annotations

from scripts.demo.managed import managed_tables
from scripts.demo.organisation import Learner, Organisation, build_organisation, named_learners
from scripts.demo.statements import generate_statements

__all__ = [
    "Learner",
    "Organisation",
    "build_organisation",
    "generate_statements",
    "managed_tables",
    "named_learners",
]
