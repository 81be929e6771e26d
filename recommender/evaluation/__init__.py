"""Temporal splits, baselines, metrics and the report that decides on a promotion."""
