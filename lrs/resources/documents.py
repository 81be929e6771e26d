"""The State, Agent Profile and Activity Profile Resources (xAPI 1.0.3 Communication 2.3, 2.6, 2.7)."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from flask import Blueprint, Response, request
from flask.views import MethodView

from lrs.documents import DocumentList, Documents, etag_of
from lrs.resources.entities import entity_response, sent_preconditions
from lrs.resources.requests import (
    authenticate,
    document_body,
    require_learner,
    require_version,
    service,
    settings,
)
from lrs.storage.documents import StoredDocument
from schemas.documents import (
    ACTIVITY_PROFILE,
    AGENT_PROFILE,
    STATE,
    DocumentKey,
    DocumentQuery,
    DocumentResource,
    Pairs,
    parse_document_delete,
    parse_document_get,
    parse_document_key,
)
from schemas.versions import VersionRules

Wanted = TypeVar("Wanted", bound=DocumentKey | DocumentQuery)
SANDBOX = "sandbox; default-src 'none'"
"""A document can be a page; it must never run as one of this service's."""

blueprint = Blueprint("documents", __name__)


class DocumentView(MethodView):
    """One document resource; HEAD is GET without the body."""

    init_every_request = False

    def __init__(self, resource: DocumentResource, scope: str) -> None:
        self._resource = resource
        self._scope = scope

    def get(self) -> Response:
        """Answer one document, or the ids of a context."""
        documents, wanted = self._open("read", parse_document_get)
        if isinstance(wanted, DocumentKey):
            return _document(documents.find_document(wanted))
        return _ids(documents.list_documents(wanted))

    def put(self) -> Response:
        """Keep a document as it is."""
        documents, key = self._open("write", parse_document_key)
        documents.put_document(key, _body(), request.content_type or "", sent_preconditions())
        return _done()

    def post(self) -> Response:
        """Merge a JSON object into a document, or keep a new one."""
        documents, key = self._open("write", parse_document_key)
        documents.merge_document(key, _body(), request.content_type or "", sent_preconditions())
        return _done()

    def delete(self) -> Response:
        """Delete one document; without its id all State of a context."""
        wanted: DocumentKey | DocumentQuery
        if self._resource is STATE:
            documents, wanted = self._open("write", parse_document_delete)
        else:
            documents, wanted = self._open("write", parse_document_key)
        if isinstance(wanted, DocumentKey):
            documents.delete_document(wanted, sent_preconditions())
        else:
            documents.delete_documents(wanted, sent_preconditions())
        return _done()

    def _open(
        self, access: str, parse: Callable[[Pairs, DocumentResource, VersionRules], Wanted]
    ) -> tuple[Documents, Wanted]:
        """Return the documents of the store and what the request wants of them, if its credential may have it."""
        credential, rules = authenticate(f"{self._scope}/{access}"), require_version()
        wanted = parse(list(request.args.items(multi=True)), self._resource, rules)
        if wanted.agent is not None:
            require_learner(credential, wanted.agent)
        limit, running = settings().max_document_bytes, service()
        documents = Documents(
            running.database,
            credential.store.id,
            rules,
            limit,
            running.clock.tick,
            erased=running.writer.erased,
        )
        return documents, wanted


for _path, _resource, _scope in (
    ("activities/state", STATE, "state"),
    ("agents/profile", AGENT_PROFILE, "profile"),
    ("activities/profile", ACTIVITY_PROFILE, "profile"),
):
    blueprint.add_url_rule(
        f"/xapi/{_path}", view_func=DocumentView.as_view(_resource.kind, _resource, _scope)
    )


def _body() -> bytes:
    return document_body(settings().max_document_bytes)


def _document(document: StoredDocument) -> Response:
    content = document.content
    response = entity_response(content.body, content.content_type, content.etag, document.updated)
    response.headers["Content-Security-Policy"] = SANDBOX
    return response


def _ids(found: DocumentList) -> Response:
    body = found.body
    return entity_response(body, "application/json", etag_of(body), found.updated)


def _done() -> Response:
    return Response(status=HTTPStatus.NO_CONTENT)
