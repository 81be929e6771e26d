"""LTI 1.3: launches of learning management systems, and links that teachers choose there."""
