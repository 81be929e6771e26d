"""Figures about groups of people: what they mean, how they are counted, and how few people none of them tells of."""
