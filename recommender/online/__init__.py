"""What happened after recommendations were shown: impressions, outcomes, and two models compared."""
