"""All that exists only because of the embedded server: windows, landmarks, budgets, and its process."""
