"""Nuggets, roles and learner data, harvested from Statements and entered by people."""
