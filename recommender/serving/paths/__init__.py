"""Plans a learning path towards a skill, a role or a goal."""
