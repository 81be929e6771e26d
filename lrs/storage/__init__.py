"""The LRS's only door to MongoDB."""
