"""Recommends nuggets to a learner, with reasons."""
