"""The rules of Statements that need more than the payload: identity, voiding, querying, presenting."""
