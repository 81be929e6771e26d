"""What a process holds in memory for answering: models, the catalogue, people, learners."""
