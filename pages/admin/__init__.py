"""The pages of those who run a store."""
