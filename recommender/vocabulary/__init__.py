"""What verbs and Activity types mean to the recommender: data that each store may change."""
