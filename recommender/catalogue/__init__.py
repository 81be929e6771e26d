"""What is known of nuggets and roles: harvested from Statements, and entered by people."""
