"""From scores to a list: popularity penalty, diversity, mix, and how well two learners match."""
