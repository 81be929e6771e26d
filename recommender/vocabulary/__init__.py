"""The meanings of verbs and Activity types for the recommender: data that each store may change."""
