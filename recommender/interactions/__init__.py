"""Statements become interactions here and only here."""
