"""The demo organisation: an invented company and half a year of its learning, as xAPI Statements."""

from __future__ import annotations

from lrs.ingestion.demo.managed import managed_tables
from lrs.ingestion.demo.organisation import Learner, Organisation, build_organisation, named_learners
from lrs.ingestion.demo.statements import generate_statements

__all__ = [
    "Learner",
    "Organisation",
    "build_organisation",
    "generate_statements",
    "managed_tables",
    "named_learners",
]
