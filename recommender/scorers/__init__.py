"""Scorers that are linear in a learner's past: what each past item adds can be told apart."""
