"""Model versions in MongoDB: a manifest and the arrays in parts, all carrying their store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from bson import ObjectId
from mongoengine.errors import NotUniqueError

from lrs.storage.database import Database, StoreId
from lrs.storage.inserts import insert_free
from lrs.storage.record_sets import StoreRecords, records_of
from recommender.storage.records import READY, RETIRED, WRITING, CurrentModelRecord, ModelRecord

PART_BYTES = 4 * 1024 * 1024
REMEMBERED_PROMOTIONS = 50
REMEMBERED_VERSIONS = 200


@dataclass(frozen=True, slots=True)
class ModelManifest:
    """One model version: when it was made (us), how, how good, and the SHA-256 of each of its arrays."""

    version: int
    created: int
    format_version: int
    settings: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    evaluation: Mapping[str, Any] = field(default_factory=dict)
    arrays: Mapping[str, str] = field(default_factory=dict)


def reserve_version(database: Database, store: StoreId, manifest: ModelManifest) -> int:
    """Insert a manifest that is not ready yet under the next free version; return the version."""
    records = records_of(database, ModelRecord, store)
    newest = records.order_by("-version").only("version").first()
    version = newest.version + 1 if newest else 1
    while True:
        try:
            records.insert(_record(store, version, manifest))
            return version
        except NotUniqueError:
            version += 1


def stored_as(name: str, digest: str) -> str:
    """Return the name under which an array of this SHA-256 is kept: another content has another name."""
    return f"{name}@{digest[:16]}"


def write_array(database: Database, store: StoreId, version: int, name: str, data: bytes) -> None:
    """Write one array's bytes in parts."""
    rows = [
        {
            "_id": f"{store}:{version}:{name}:{part}",
            "version": version,
            "name": name,
            "part": part,
            "data": data[start : start + PART_BYTES],
        }
        for part, start in enumerate(range(0, len(data), PART_BYTES))
    ]
    collection = database.collection("model_arrays", store)
    for row in rows:
        insert_free(collection, [row], ordered=True)  # the same content may be there already


def read_array(database: Database, store: StoreId, version: int, name: str) -> bytes:
    """Return one array's bytes; empty when it is gone."""
    condition = {"version": version, "name": name}
    rows = database.collection("model_arrays", store).iterate(condition, sort=[("part", 1)])
    return b"".join(row["data"] for row in rows)


def delete_other_arrays(database: Database, store: StoreId, version: int, arrays: Mapping[str, str]) -> None:
    """Delete the arrays of a version that are not these."""
    names = [stored_as(name, digest) for name, digest in arrays.items()]
    condition = {"version": version, "name": {"$nin": names}}
    database.collection("model_arrays", store).delete_many(condition)


def mark_ready(database: Database, store: StoreId, version: int, arrays: Mapping[str, str]) -> bool:
    """Say that everything of this version is written: from now on it is listed. False if it was deleted."""
    listed = [{"name": name, "sha256": digest} for name, digest in arrays.items()]
    reserved = records_of(database, ModelRecord, store)(key=_key(store, version))
    return bool(reserved.update_one(set__status=READY, set__arrays=listed))


def find_manifests(database: Database, store: StoreId) -> list[ModelManifest]:
    """Return the versions that are ready, the newest first."""
    records = records_of(database, ModelRecord, store)(status=READY).order_by("-version")
    return [_manifest(record) for record in records]


def find_history(database: Database, store: StoreId) -> list[ModelManifest]:
    """Return the versions that were ever ready, also those whose arrays were deleted, the newest first."""
    records = records_of(database, ModelRecord, store)(status__in=(READY, RETIRED)).order_by("-version")
    return [_manifest(record) for record in records]


def find_manifest(database: Database, store: StoreId, version: int) -> ModelManifest | None:
    """Return one version that is ready, or None."""
    record = records_of(database, ModelRecord, store)(key=_key(store, version)).first()
    return _manifest(record) if record and record.status == READY else None


def find_current_version(database: Database, store: StoreId) -> int | None:
    """Return the promoted version: a read of one document."""
    found = _current(database, store).only("version").as_pymongo().first()
    return found["version"] if found else None


def find_promotions(database: Database, store: StoreId) -> list[int]:
    """Return the versions promoted one after the other, the current one last."""
    found = _current(database, store).as_pymongo().first()
    return list(found["promotions"]) if found else []


def replace_promotions(
    database: Database, store: StoreId, before: Sequence[int], after: Sequence[int]
) -> bool:
    """Make the last of `after` the current version; False if the promotions are not `before` any more."""
    kept = list(after)[-REMEMBERED_PROMOTIONS:]
    values = {"version": kept[-1], "promotions": kept}
    if before:
        return bool(_current(database, store)(promotions=list(before)).update_one(**values))
    record = CurrentModelRecord(key=store, store=store, **values)
    try:
        records_of(database, CurrentModelRecord, store).insert(record)
    except NotUniqueError:
        return False
    return True


def retire_version(database: Database, store: StoreId, version: int) -> None:
    """Delete a version's arrays and keep its manifest for the history, those of the newest 200 versions."""
    records = records_of(database, ModelRecord, store)
    records(key=_key(store, version)).update_one(set__status=RETIRED, set__arrays=[])
    database.collection("model_arrays", store).delete_many({"version": version})
    records(status=RETIRED, version__lte=version - REMEMBERED_VERSIONS).delete()


def delete_version(database: Database, store: StoreId, version: int) -> None:
    """Delete a version: first the manifest, so that nobody starts to load it."""
    records_of(database, ModelRecord, store)(key=_key(store, version)).delete()
    database.collection("model_arrays", store).delete_many({"version": version})


def find_unfinished(database: Database, store: StoreId, before_us: int) -> list[int]:
    """Return the versions that somebody began to write before this time and never finished."""
    records = records_of(database, ModelRecord, store)(status=WRITING, created_us__lt=before_us)
    return [record.version for record in records.only("version")]


def _current(database: Database, store: StoreId) -> StoreRecords:
    return records_of(database, CurrentModelRecord, store)(key=store)


def _key(store: StoreId, version: int) -> str:
    return f"{store}:{version}"


def _record(store: ObjectId, version: int, manifest: ModelManifest) -> ModelRecord:
    return ModelRecord(
        key=_key(store, version),
        store=store,
        version=version,
        status=WRITING,
        created_us=manifest.created,
        format_version=manifest.format_version,
        settings=dict(manifest.settings),
        facts=dict(manifest.facts),
        evaluation=dict(manifest.evaluation),
    )


def _manifest(record: ModelRecord) -> ModelManifest:
    plain = record.to_mongo().to_dict()
    return ModelManifest(
        version=record.version,
        created=record.created_us,
        format_version=record.format_version,
        settings=plain["settings"],
        facts=plain.get("facts", {}),
        evaluation=plain.get("evaluation", {}),
        arrays={item["name"]: item["sha256"] for item in plain.get("arrays", [])},
    )
