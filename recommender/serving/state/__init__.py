"""The state that a process holds in memory for answering: models, catalogue snapshots, people, progress of reading."""
