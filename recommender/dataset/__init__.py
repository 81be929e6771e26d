"""Interactions as matrices: the dataset, features of users and items, learner states."""
