"""Models: LightFM and the other scorers as arrays, their blend, simple baselines, and the registry of versions."""
