"""What the recommender holds of people, declared for `lrs.privacy`."""
