"""Turns Statements into interactions; the only code that knows both."""
