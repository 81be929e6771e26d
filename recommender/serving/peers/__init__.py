"""Recommends people to a learner, with reasons."""
