"""Answers what a learner should do next in a course or a path."""
