"""An export holds all that is held of a person, and of others only whom the person addressed."""

from __future__ import annotations

import errno
import json
import re
import tempfile
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from lrs.auth.credentials import Credential
from lrs.documents import Documents, Preconditions
from lrs.errors import InsufficientStorageError, NotFoundError, RequestRefusedError, ServiceUnavailableError
from lrs.people.linking import join_people
from lrs.personas import find_persona
from lrs.privacy.erasing import ErasureWish, erase_person
from lrs.privacy.exporting import export_person
from lrs.statements.attachments import SentAttachment
from lrs.storage.attachments import AttachmentsRepository
from lrs.storage.stored_time import now_us
from recommender.privacy.declarations import HOLDINGS
from recommender.storage.impressions import Impression, insert_impressions
from recommender.training.jobs import retrain
from schemas.documents import DocumentKey
from schemas.identifiers import identifier_of
from schemas.json_text import dump_json
from schemas.versions import XAPI_1_0_3

ESSAY = b"An essay"
HOSTILE = "<script>alert(1)</script>"


def agent(name):
    return {"objectType": "Agent", "name": f"{name.title()} Surname", "mbox": f"mailto:{name}@acme.example"}


ADA, HASHED = agent("ada"), {"mbox_sha1sum": "6f4ea3b1a1ab1ad0f2d5d3c1a3d41ea4d6b4a5f0"}


@pytest.fixture
def acme(organisation, act, post, service, database, store, settings):
    """An organisation in which Ada learns, addresses ben, and is mentioned by cleo and dan."""
    attachment = {
        "usageType": "https://acme.example/essay",
        "display": {"en": "Essay"},
        "contentType": "text/plain",
        "length": len(ESSAY),
        "sha2": sha256(ESSAY).hexdigest(),
    }
    own = [{**act("x", "completed", f"s0n{number}", number), "actor": ADA} for number in range(5)]
    own[0] |= {"attachments": [attachment], "context": {"instructor": agent("cleo")}}
    own[1]["object"] = {**own[1]["object"], "definition": {"name": {"en": HOSTILE}}}
    sent = SentAttachment(attachment["sha2"], "text/plain", len(ESSAY), [ESSAY])
    credential = Credential("key", "test", store, frozenset({"all"}))
    service.writer.store_statements(dump_json(own[0]), credential, XAPI_1_0_3, [sent])
    answered = {**act("x", "answered", "x", 9), "actor": ADA, "object": agent("ben")}
    others = [
        {**act("x", "mentored", "x", 11), "actor": agent("cleo"), "object": ADA},
        {
            **act(
                "x",
                "liked",
                "s0n1",
                12,
                context={"team": {"objectType": "Group", "member": [ADA, agent("dan")]}},
            )
        }
        | {
            "actor": agent("dan"),
            "result": {"response": "As Dan SURNAME (dan@acme.example) and ada@acme.example said"},
        },
        {**act("x", "completed", "s0n4", 13), "actor": agent("eve")},
    ]
    post([*own[1:], answered, *others])
    body = dump_json({"tutor": agent("cleo"), "ask": ["mailto:dan@acme.example"]})
    key = DocumentKey("state", "https://acme.example/s0n1", identifier_of(ADA), None, "learner")
    conditions = Preconditions(if_none_match=frozenset("*"))
    Documents(database, store.id, XAPI_1_0_3, 10_000).put_document(key, body, "application/json", conditions)
    retrain(database, store, settings, lambda line: None, force=True)
    ada, cleo = (find_persona(database, store.id, identifier_of(agent(name))) for name in ("ada", "cleo"))
    shown = [Impression(cleo, now_us(), "peers", 1, (str(ada), str(cleo)))]
    insert_impressions(database, store.id, shown, 90)
    return ada, cleo


def export(database, store, path, identifier=None):
    return export_person(database, store, identifier or identifier_of(ADA), HOLDINGS, path)


def test_all_is_there_and_of_others_only_those_addressed(acme, database, store, tmp_path):
    ada, cleo = acme
    exported = export(database, store, tmp_path / "ada.zip")
    archive = zipfile.ZipFile(exported.path)
    texts = {name: archive.read(name) for name in archive.namelist()}
    rows = {
        name: [json.loads(line) for line in text.splitlines()]
        for name, text in texts.items()
        if name.endswith(".ndjson")
    }
    assert archive.testzip() is None
    assert len(rows["statements.ndjson"]) == exported.counts["statements"] == 8
    assert len(rows["documents.ndjson"]) == len(rows["personas.ndjson"]) == 1
    assert rows["interactions.ndjson"]
    assert {row["persona"] for row in rows["interactions.ndjson"]} >= {str(ada)}
    assert rows["recommendations.ndjson"][0]["reasons"]
    assert rows["similar_people.ndjson"][0]["people_suggested"] >= 0
    assert texts[f"files/{sha256(ESSAY).hexdigest()}"] == ESSAY
    manifest = json.loads(texts["manifest.json"])
    assert {one["file"] for one in manifest["sections"]} == set(rows)
    assert {one["section"]: one["count"] for one in manifest["sections"]} == dict(exported.counts)
    everything = b"\n".join(texts.values())
    assert b"ben@acme.example" in everything
    for other in ("cleo", "dan"):
        assert not re.search(rf"{other}@acme|{other} surname".encode(), everything, re.IGNORECASE)
    assert str(cleo).encode() not in everything
    assert b"person-1" in texts["statements.ndjson"]
    assert HOSTILE.encode() not in texts["index.html"]
    assert b"&lt;script&gt;" in texts["index.html"]


def test_an_open_file_without_a_name_takes_an_export(acme, database, store):
    with tempfile.TemporaryFile() as opened:
        exported = export(database, store, opened)
        assert zipfile.ZipFile(opened).testzip() is None
    assert exported.counts["statements"] == 8


def test_somebody_unknown_and_a_path_that_cannot_be_written_are_one_sentence(acme, database, store, tmp_path):
    with pytest.raises(NotFoundError, match="Nothing in this store is about"):
        export(database, store, tmp_path / "no.zip", "mbox|mailto:nobody@acme.example")
    with pytest.raises(RequestRefusedError, match="cannot be written"):
        export(database, store, tmp_path / "nowhere" / "ada.zip")
    assert list(tmp_path.glob("*.zip")) == []


def test_a_full_disk_leaves_nothing_behind(acme, database, store, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "ada.zip").write_bytes(b"the one before")
    (tmp_path / ".ada.zip.part").write_bytes(b"what a killed command left")
    with pytest.raises(NotFoundError):
        export(database, store, tmp_path / "ada.zip", "mbox|mailto:nobody@acme.example")
    assert [one.name for one in Path(tmp_path).iterdir()] == ["ada.zip"]
    monkeypatch.setattr(zipfile.ZipFile, "writestr", full)
    with pytest.raises(InsufficientStorageError, match="no room"):
        export(database, store, tmp_path / "ada.zip")
    assert [one.name for one in Path(tmp_path).iterdir()] == ["ada.zip"]
    assert (tmp_path / "ada.zip").read_bytes() == b"the one before"


@pytest.mark.parametrize(
    ("change", "expected", "told"),
    [
        ("erase", NotFoundError, "was erased just now"),
        ("join", ServiceUnavailableError, "ask for the export again"),
    ],
)
def test_who_is_erased_or_joined_meanwhile_is_not_half_exported(
    acme, database, store, tmp_path, change, expected, told
):
    def tell(line):
        if line.startswith("documents: ") and change == "erase":
            erase_person(database, store.id, ErasureWish(identifier_of(ADA)), HOLDINGS)
        elif line.startswith("documents: "):
            join_people(database, store, [identifier_of(ADA), identifier_of(agent("cleo"))], "admin")

    with pytest.raises(expected, match=told):
        export_person(database, store, identifier_of(ADA), HOLDINGS, tmp_path / "ada.zip", tell)
    assert list(tmp_path.iterdir()) == []


def test_an_attachment_that_is_erased_while_it_is_exported_is_no_trouble_with_the_file(
    acme, database, store, tmp_path, monkeypatch
):
    read = AttachmentsRepository.read_chunks

    def erase_and_read(files, file):
        erase_person(database, store.id, ErasureWish(identifier_of(ADA)), HOLDINGS)
        return read(files, file)

    monkeypatch.setattr(AttachmentsRepository, "read_chunks", erase_and_read)
    with pytest.raises(NotFoundError, match="was erased just now"):
        export(database, store, tmp_path / "ada.zip")
