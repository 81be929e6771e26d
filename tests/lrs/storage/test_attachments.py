"""The bytes of attachments: found only when published, kept once, removed when nobody published them."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import gridfs
import pytest

from lrs.storage.attachments import (
    ABANDONED_AFTER,
    CHUNK_BYTES,
    AttachmentFile,
    AttachmentsRepository,
    remove_abandoned_uploads,
)
from lrs.storage.transactions import WriteSize

SHA2 = "ab" * 32
NOTHING = WriteSize(0, 0)


@pytest.fixture
def repository(database, store):
    return AttachmentsRepository(database, store.id)


@pytest.fixture
def upload(repository):
    """Upload a content; nobody finds it yet."""

    def send(content, blocks=1000):
        file_id = repository.begin_upload()
        pieces = (content[start : start + blocks] for start in range(0, len(content), blocks))
        repository.write_chunks(file_id, pieces)
        return AttachmentFile(file_id, SHA2, len(content))

    return send


@pytest.fixture
def publish(database, repository):
    def commit(*files):
        database.in_transaction(NOTHING, lambda session: repository.publish(files, session))

    return commit


@pytest.mark.parametrize(
    "size", [0, 1, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, 4 * CHUNK_BYTES, 5 * CHUNK_BYTES + 7]
)
@pytest.mark.parametrize("blocks", [65_536, 2_000_000])
def test_content_of_any_size_is_read_back(repository, upload, publish, size, blocks):
    content = random.Random(size).randbytes(size)
    publish(upload(content, blocks))
    file = repository.find_files([SHA2])[SHA2]
    assert file.length == size
    assert b"".join(repository.read_chunks(file)) == content


def test_gridfs_tools_read_what_is_kept(database, upload, publish):
    content = random.Random(1).randbytes(700_000)
    file = upload(content)
    publish(file)
    assert (
        gridfs.GridFSBucket(database.db, "attachments").open_download_stream(file.file_id).read() == content
    )


def test_an_upload_is_not_found_before_it_is_published(repository, upload):
    upload(b"abc")
    assert repository.find_files([SHA2]) == {}


def test_a_transaction_that_fails_publishes_nothing(database, repository, upload):
    file = upload(b"abc")

    def fail(session):
        repository.publish([file], session)
        raise RuntimeError

    with pytest.raises(RuntimeError):
        database.in_transaction(NOTHING, fail)
    assert repository.find_files([SHA2]) == {}


def test_finishing_keeps_the_published_and_removes_the_rest(repository, upload, publish, kept_bytes, store):
    first, second = upload(b"abc"), upload(b"abc")
    publish(first)
    publish(second)
    repository.finish_uploads([first.file_id, second.file_id])
    assert kept_bytes(store) == {"attachments.files": 1, "attachments.chunks": 1, "attachment_uploads": 0}
    assert repository.find_files([SHA2]) == {SHA2: first}


def test_of_several_that_publish_at_once_one_wins(repository, upload, publish, kept_bytes, store):
    files = [upload(b"abc") for _ in range(6)]

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(publish, files))
    repository.finish_uploads([file.file_id for file in files])
    assert kept_bytes(store)["attachments.chunks"] == 1
    assert b"".join(repository.read_chunks(repository.find_files([SHA2])[SHA2])) == b"abc"


def test_what_a_dead_process_left_is_removed_after_a_day(
    database, repository, upload, publish, kept_bytes, store
):
    kept = upload(b"abc")
    publish(kept)
    upload(b"other")
    remove_abandoned_uploads(database)
    assert kept_bytes(store)["attachment_uploads"] == 2
    remove_abandoned_uploads(database, datetime.now(timezone.utc) + ABANDONED_AFTER + timedelta(seconds=1))
    assert kept_bytes(store) == {"attachments.files": 1, "attachments.chunks": 1, "attachment_uploads": 0}
    assert b"".join(repository.read_chunks(kept)) == b"abc"


def test_a_missing_chunk_is_an_error_and_no_shorter_content(database, repository, upload, publish, store):
    file = upload(bytes(3 * CHUNK_BYTES))
    publish(file)
    database.collection("attachments.chunks", store.id).delete_many({"n": 1})
    with pytest.raises(OSError, match="chunk 1"):
        list(repository.read_chunks(file))


def test_another_store_finds_nothing(database, other_store, upload, publish):
    file = upload(b"abc")
    publish(file)
    other = AttachmentsRepository(database, other_store.id)
    assert other.find_files([SHA2]) == {}
    with pytest.raises(OSError, match="missing"):
        list(other.read_chunks(file))
