"""The catalogue of a store: values entered by people override those harvested from Statements."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from lrs.activities import iterate_definitions
from lrs.storage.chunks import in_chunks
from lrs.storage.database import Database, StoreId
from recommender.catalogue.durations import parse_duration
from recommender.catalogue.labels import find_labels
from recommender.catalogue.nuggets import Nugget, harvest
from recommender.storage.entries import Revision, Values, all_keys, find_edited, find_entries, iterate_entries
from recommender.storage.harvested import all_harvested, find_changed, find_harvested, find_waiting
from recommender.storage.vocabulary import find_vocabulary
from schemas.timestamps import parse_timestamp


def find_nuggets(database: Database, store_id: StoreId, ids: Sequence[str]) -> dict[str, Nugget]:
    """Return a Nugget for each id, also unknown ones; entered values override harvested ones field by field.

    A nugget without a modality is formal if a Statement places it in a course and it is not a post; else it gets that
    of its Activity type. A post that too few learners valued is hidden, and so is what no valid
    Statement speaks of any more, unless people entered it.
    """
    found: dict[str, Nugget] = {}
    for some in in_chunks(ids):
        found |= _find_some(database, store_id, some)
    return found


def managed_ids(database: Database, store_id: StoreId) -> set[str]:
    """Return the ids of the nuggets that people entered, hidden and expired ones too."""
    return all_keys(database, store_id, "nuggets")


def waiting_ids(database: Database, store_id: StoreId) -> set[str]:
    """Return the ids of posts, questions and answers that too few learners valued so far to be nuggets."""
    return find_waiting(database, store_id) - managed_ids(database, store_id)


def nugget_ids(database: Database, store_id: StoreId) -> set[str]:
    """Return the ids of all nuggets, entered and harvested, without posts that too few learners valued so far."""
    harvested = {name for name, row in all_harvested(database, store_id).items() if row.is_nugget}
    return harvested | managed_ids(database, store_id)


def private_ids(database: Database, store_id: StoreId) -> set[str]:
    """Return the ids of the nuggets for which nobody is named to others: entered so, or by a skill that they teach.

    Those of a private type are known by each act about them.
    """
    entered = iterate_entries(database, store_id, "nuggets")
    found = {entry.key for entry in entered if entry.values.get("private")}
    skills = find_labels(database, store_id).private
    if not skills:
        return found
    nuggets = find_nuggets(database, store_id, sorted(nugget_ids(database, store_id)))
    return found | {one for one, nugget in nuggets.items() if not skills.isdisjoint(nugget.skills)}


def changed_ids(database: Database, store_id: StoreId, after: Revision, until: Revision) -> set[str]:
    """Return the ids of the nuggets that changed after a revision; `until` is the one there is now, or an older one."""
    edited = find_edited(database, store_id, after.edits) if until.edits != after.edits else set()
    if until.harvests == after.harvests:
        return edited
    return edited | find_changed(database, store_id, after.harvests)


def with_entered(nugget: Nugget, values: Values) -> Nugget:
    """Return a harvested nugget with the values that people entered."""
    return replace(nugget, managed=True, **_fields(values))


def _find_some(database: Database, store_id: StoreId, ids: Sequence[str]) -> dict[str, Nugget]:
    definitions = iterate_definitions(database, store_id, ids)
    harvested = {activity: harvest(activity, definition) for activity, definition in definitions}
    entered = find_entries(database, store_id, "nuggets", ids)
    seen = find_harvested(database, store_id, ids)
    vocabulary = find_vocabulary(database, store_id)
    found: dict[str, Nugget] = {}
    for one in ids:
        nugget = harvested.get(one) or harvest(one, {})
        if one in entered:
            nugget = with_entered(nugget, entered[one].values)
        elif one in seen and not seen[one].is_nugget:
            nugget = replace(nugget, hidden=True)
        if not nugget.modality:
            in_course = one in seen and seen[one].in_course
            nugget = replace(nugget, modality=vocabulary.modality(nugget.type, in_course=in_course))
        if vocabulary.activity_type(nugget.type).private:
            nugget = replace(nugget, private=True)
        times = [entered[one].made_us] if one in entered else []
        times += [seen[one].born] if one in seen else []
        found[one] = replace(nugget, born=min(times, default=0))
    return found


def _fields(values: Values) -> dict[str, Any]:
    """Turn entered values, as they are stored (JSON), into fields of a Nugget."""
    fields: dict[str, Any] = dict(values)
    for plural, singular in (("titles", "title"), ("descriptions", "description")):
        if singular in fields:
            fields[plural] = fields.pop(singular)
    for name in ("skills", "prerequisites"):
        if name in fields:
            fields[name] = tuple(fields[name])
    if "duration" in fields:
        fields["duration_s"] = parse_duration(fields.pop("duration"))
    for name in ("starts", "valid_until"):
        if name in fields:
            fields[name] = parse_timestamp(fields[name])
    return fields
