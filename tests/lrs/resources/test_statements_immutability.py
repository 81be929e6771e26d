"""One id, one Statement, for ever: what counts as the same (xAPI 1.0.3 Data 2.3.1)."""

import copy
import uuid

import pytest

RICH = {
    "actor": {
        "objectType": "Group",
        "name": "Pair",
        "member": [{"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:bob@example.org"}],
    },
    "verb": {"id": "https://example.org/verbs/read", "display": {"en": "read"}},
    "object": {"id": "https://example.org/nuggets/1", "definition": {"name": {"en": "One"}}},
    "result": {"success": True, "score": {"raw": 3}, "duration": "PT1.234S", "response": "yes"},
    "context": {
        "registration": "e9c1c1d8-4a5a-4b53-a7a4-11bb0e0a52bb",
        "instructor": {"mbox": "mailto:eve@example.org"},
        "language": "en-gb",
        "contextActivities": {"parent": [{"id": "https://example.org/courses/1"}]},
        "extensions": {"https://example.org/x": {"b": 1, "a": [1, 2]}},
    },
    "timestamp": "2024-01-01T10:00:00Z",
}
SUB = {
    "objectType": "SubStatement",
    "actor": {"mbox": "mailto:ada@example.org"},
    "verb": {"id": "https://example.org/verbs/plan"},
    "object": {"id": "https://example.org/nuggets/2"},
    "timestamp": "2024-01-01T10:00:00Z",
}

SAME = {
    "all as it was": {},
    "authority": {"authority": {"mbox": "mailto:other@example.org"}},
    "stored": {"stored": "2001-01-01T00:00:00Z"},
    "timestamp in another zone": {"timestamp": "2024-01-01T11:00:00+01:00"},
    "version": {"version": "1.0.3"},
    "verb display": {"verb": {"id": "https://example.org/verbs/read", "display": {"ca": "va llegir"}}},
    "activity definition": {"object": {"id": "https://example.org/nuggets/1"}},
    "default objectType": {"object": {"objectType": "Activity", "id": "https://example.org/nuggets/1"}},
    "member order": {"actor.member": list(reversed(RICH["actor"]["member"]))},
    "member objectType": {
        "actor.member": [{"objectType": "Agent", **member} for member in RICH["actor"]["member"]]
    },
    "mail domain case": {"context.instructor": {"mbox": "mailto:eve@EXAMPLE.org"}},
    "registration case": {"context.registration": RICH["context"]["registration"].upper()},
    "language case": {"context.language": "en-GB"},
    "single context activity": {
        "context.contextActivities": {"parent": {"id": "https://example.org/courses/1"}}
    },
    "key order in extensions": {"context.extensions": {"https://example.org/x": {"a": [1, 2], "b": 1}}},
    "duration finer than 0.01 s": {"result.duration": "PT1.239S"},
    "the same number written otherwise": {"result.score": {"raw": 3.0}},
}
OTHER = {
    "actor name": {"actor.name": "Couple"},
    "a member less": {"actor.member": RICH["actor"]["member"][:1]},
    "mail local part case": {"context.instructor": {"mbox": "mailto:EVE@example.org"}},
    "verb": {"verb": {"id": "https://example.org/verbs/reads"}},
    "object": {"object": {"id": "https://example.org/nuggets/2"}},
    "object of another kind": {"object": {"objectType": "Agent", "mbox": "mailto:ada@example.org"}},
    "success": {"result.success": False},
    "score": {"result.score": {"raw": 4}},
    "no score": {"result.score": {}},
    "equal duration otherwise spelt": {"result.duration": "PT0M1.234S"},
    "response": {"result.response": "Yes"},
    "registration": {"context.registration": "e9c1c1d8-4a5a-4b53-a7a4-11bb0e0a52bc"},
    "extension order in a list": {"context.extensions": {"https://example.org/x": {"b": 1, "a": [2, 1]}}},
    "true for 1": {"context.extensions": {"https://example.org/x": {"b": True, "a": [1, 2]}}},
    "parent as grouping": {
        "context.contextActivities": {"grouping": [{"id": "https://example.org/courses/1"}]}
    },
}


@pytest.fixture
def change():
    """Return a Statement with dotted properties replaced."""

    def apply(statement, changes):
        changed = copy.deepcopy(statement)
        for path, value in changes.items():
            *outer, last = path.split(".")
            part = changed
            for name in outer:
                part = part[name]
            part[last] = value
        return changed

    return apply


@pytest.fixture
def stored(lrs):
    statement = {"id": str(uuid.uuid4()), **copy.deepcopy(RICH)}
    lrs.store(statement)
    return statement


@pytest.mark.parametrize("changes", SAME.values(), ids=SAME.keys())
def test_an_equal_statement_is_accepted_and_changes_nothing(lrs, stored, change, changes):
    before = lrs.get(statementId=stored["id"]).content
    again = change(stored, changes)
    posted, put = lrs.post(again), lrs.put(again, stored["id"])
    assert (posted.status_code, posted.json(), put.status_code) == (200, [stored["id"]], 204)
    assert lrs.get(statementId=stored["id"]).content == before


@pytest.mark.parametrize("changes", OTHER.values(), ids=OTHER.keys())
def test_a_different_statement_is_a_conflict_and_changes_nothing(
    lrs, stored, change, assert_refused, changes
):
    before = lrs.get(statementId=stored["id"]).content
    other = change(stored, changes)
    assert stored["id"] in assert_refused(lrs.post(other), 409)["message"]
    assert_refused(lrs.put(other, stored["id"]), 409)
    assert lrs.get(statementId=stored["id"]).content == before


@pytest.mark.parametrize(
    ("other", "status"),
    [
        ({"timestamp": "2024-01-01T12:00:00+02:00"}, 200),
        ({"timestamp": "2024-01-01T10:00:01Z"}, 409),
        ({"actor": {"objectType": "Agent", "mbox": "mailto:ada@EXAMPLE.org"}}, 200),
        ({"object": {"id": "https://example.org/nuggets/3"}}, 409),
    ],
)
def test_a_substatement_is_compared_by_the_same_rules(lrs, make_statement, other, status):
    statement = make_statement(object=SUB)
    lrs.store(statement)
    assert lrs.post({**statement, "object": {**SUB, **other}}).status_code == status


def test_what_2_0_sends_again_is_equal_to_what_1_0_3_stored(lrs, lrs2, stored):
    assert lrs2.post(stored).status_code == 200
    assert lrs2.post(lrs.one(stored["id"])).status_code == 200


@pytest.mark.parametrize(
    ("kind", "part"), [("contextAgent", "agent"), ("contextGroup", "group")], ids=["agents", "groups"]
)
def test_actors_around_are_compared_as_actors(lrs2, make_statement, kind, part):
    def around(mbox):
        actor = {"objectType": part.capitalize(), "mbox": mbox}
        return {"context": {f"{kind}s": [{"objectType": kind, part: actor}]}}

    statement = make_statement(**around("mailto:eve@example.org"))
    lrs2.store(statement)
    assert lrs2.post({**statement, **around("mailto:eve@EXAMPLE.ORG")}).status_code == 200
    assert lrs2.post({**statement, **around("mailto:eva@example.org")}).status_code == 409


def test_the_same_id_in_two_stores_is_two_statements(lrs, make_lrs, other_store, make_statement):
    chosen = str(uuid.uuid4())
    elsewhere = make_lrs(of=other_store)
    lrs.store(make_statement(id=chosen))
    elsewhere.store(make_statement(id=chosen, verb={"id": "https://example.org/verbs/wrote"}))
    assert lrs.one(chosen)["verb"]["id"] != elsewhere.one(chosen)["verb"]["id"]
