"""Compares the model with tuned baselines, on a store or on a CSV: tables, charts, groups, goals."""
