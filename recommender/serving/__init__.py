"""Answers requests for nuggets, learning paths and peers, with reasons."""
