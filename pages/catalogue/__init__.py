"""The pages of those who make and gather what is learned."""
