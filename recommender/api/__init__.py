"""The resources of the recommender over HTTP: parse, call one function, respond."""
