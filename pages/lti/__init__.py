"""Pages inside a learning management system: launches, and links that teachers choose for their courses (LTI 1.3)."""
