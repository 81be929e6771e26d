"""The errors of the Learning Record Store: each knows its HTTP status and a sentence with the remedy."""

from __future__ import annotations


class LrsError(Exception):
    """The root of the tree; `status` and `code` belong to the class, the sentence to the case."""

    status = 500
    code = "internal_error"

    def __init__(self, message: str, *, path: str = "", rule: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.path = path
        self.rule = rule


class RequestRefusedError(LrsError):
    """The request breaks a rule that is not about the payload's shape."""

    status = 400
    code = "bad_request"


class UnauthorizedError(LrsError):
    """The credential is missing, unknown, revoked, or its secret is wrong."""

    status = 401
    code = "unauthorized"


class UnknownTokenError(UnauthorizedError):
    """The token was cut, changed, or not made by anybody who is trusted: it counts as a failed sign-in.

    One that has expired or was revoked does not: all pages of a school may send theirs from one address.
    """


class ForbiddenError(LrsError):
    """The credential is good but its scopes do not reach this far."""

    status = 403
    code = "forbidden"


class ErasedPersonError(LrsError):
    """The request brings back a person whose data was erased from the store."""

    status = 403
    code = "erased_person"


class NotFoundError(LrsError):
    """There is nothing under this address that this credential may see."""

    status = 404
    code = "not_found"


class RequestTimeoutError(LrsError):
    """The client stopped sending in the middle of a request."""

    status = 408
    code = "request_timeout"


class StatementConflictError(LrsError):
    """A Statement with this id is stored already, and it says something else."""

    status = 409
    code = "statement_conflict"


class DocumentConflictError(LrsError):
    """A document exists already, and the request has no precondition about it."""

    status = 409
    code = "document_conflict"


class PreconditionFailedError(LrsError):
    """The document is not as the request's If-Match or If-None-Match wants it."""

    status = 412
    code = "precondition_failed"


class PayloadTooLargeError(LrsError):
    """The body, or one Statement in it, exceeds the limit set for this service."""

    status = 413
    code = "payload_too_large"


class UnsupportedMediaTypeError(LrsError):
    """The body has a content type that this resource does not read (400: xAPI knows no other for this)."""

    status = 400
    code = "unsupported_media_type"


class UnsupportedContentEncodingError(LrsError):
    """The body comes in a content coding that is not read here."""

    status = 415
    code = "unsupported_content_encoding"


class TooManyRequestsError(LrsError):
    """The credential or the address sends more than the limits set for this service."""

    status = 429
    code = "too_many_requests"

    def __init__(self, message: str, *, retry_after_s: int = 1) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ClientGoneError(LrsError):
    """The client closed the connection; nobody reads this answer, only the log has it."""

    status = 499
    code = "client_gone"


class ServiceUnavailableError(LrsError):
    """The database cannot be reached or could not finish the work; trying again later is right."""

    status = 503
    code = "service_unavailable"


class InsufficientStorageError(LrsError):
    """The disk is nearly full, or the store has as many bytes as it may have."""

    status = 507
    code = "insufficient_storage"


class ConfigurationError(LrsError):
    """A setting is missing or wrong; the sentence names it and the remedy."""

    code = "configuration"


class DatabaseUnreachableError(ConfigurationError):
    """No MongoDB answers at the address given."""

    code = "database_unreachable"


class DuplicateNameError(LrsError):
    """A store with this name exists already."""

    status = 409
    code = "duplicate_name"
