"""Temporal splits, ranking metrics, intervals: how recommendations are measured."""
