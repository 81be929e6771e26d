"""Answers to requests: candidates, scores, ranking, explanations; for nuggets and for peers."""
