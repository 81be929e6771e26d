"""The recommender: turns Statements into interactions, trains on them, recommends nuggets and peers."""
