"""The recommender's only door to MongoDB."""
