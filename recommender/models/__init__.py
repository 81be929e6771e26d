"""Models: LightFM and the scorers beside it as arrays, how they are blended, simple baselines, and kept versions."""
