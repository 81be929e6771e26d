"""Whose data it is: what is held of people, and how it is exported and erased."""
