"""From scores to what is shown: popularity penalty, diversity, mix of modalities, matching of peers, load cap."""
