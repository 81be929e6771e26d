"""Measures recommendations in use: impressions, outcomes, and experiments that compare two models."""
