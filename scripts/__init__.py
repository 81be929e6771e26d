"""Commands for admins: each parses its arguments, calls one function, and prints."""
