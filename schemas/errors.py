"""The errors of this package: something a client sent breaks a rule, or is too much."""


class InvalidInputError(ValueError):
    """Input that breaks a rule; the message names the value, the rule and the remedy.

    `path` says where in the payload (`[3].actor.mbox`), `rule` where the rule is written
    (`xAPI 1.0.3 Data 2.4.2.3`), `code` is a fact for programs.
    """

    status = 400

    def __init__(self, message: str, *, path: str = "", rule: str = "", code: str = "invalid_input") -> None:
        super().__init__(f"{path}: {message}" if path else message)
        self.message = message
        self.path = path
        self.rule = rule
        self.code = code


class TooManyValuesError(InvalidInputError):
    """JSON text of more values than are made into Python objects."""

    status = 413
