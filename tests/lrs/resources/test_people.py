"""People with many names over HTTP."""

import json

import pytest

ANN, BEN = {"mbox": "mailto:ann@acme.example"}, {"mbox": "mailto:ben@acme.example"}
ACCOUNT = {"account": {"homePage": "https://lms.acme.example", "name": "ann"}}


def names(answer):
    assert answer.status_code == 200, answer.text
    agents = [one["agent"] for one in answer.json()["identifiers"]]
    return [{key: value for key, value in one.items() if key != "objectType"} for one in agents]


def show(client, agent):
    return client.get("/people", params={"agent": json.dumps(agent)})


def test_people_are_joined_shown_and_parted(client, assert_refused):
    assert_refused(show(client, ANN), 404)
    joined = client.post("/people/join", json={"agents": [ANN, ACCOUNT, "ben@acme.example"]})
    assert sorted(map(str, names(joined))) == sorted(map(str, [ANN, ACCOUNT, BEN]))
    assert [one["by"] for one in joined.json()["identifiers"]] == [None, "admin", "admin"]
    assert show(client, BEN).json() == joined.json()
    assert names(client.post("/people/part", json={"agent": BEN})) == [BEN]
    assert BEN not in names(show(client, ANN))


def test_a_table_and_a_rule_join_people(client, assert_refused):
    table = "agent;same_as\nann@acme.example;x@acme.example\nben@acme.example;x@acme.example\n"
    sent = client.post("/people/import", data=table, headers={"Content-Type": "text/csv"})
    assert sent.json() == {"joined": 2, "left_out": 0}
    assert len(names(show(client, BEN))) == 3
    wrong = client.post("/people/import", data=table + "nobody;x\n", headers={"Content-Type": "text/csv"})
    assert_refused(wrong, 400)
    rules = {"rules": {"https://lms.acme.example": "acme.example"}}
    client.post("/people/join", json={"agents": [ACCOUNT, {"openid": "https://ann.example"}]})
    assert client.put("/people/rules", json=rules).json() == {"joined": 1, "left_out": 0}
    assert client.get("/people/rules").json() == rules
    assert len(names(show(client, ACCOUNT))) == 5


def test_a_proof_goes_to_privacy_officers_and_joins_the_learner_alone(client, make_client, assert_refused):
    asked = {"agent": ACCOUNT, "mail": ANN}
    assert_refused(
        make_client("recommendations/write", "learners/write").post("/people/proofs", json=asked), 403
    )
    token = client.post("/people/proofs", json=asked).json()["token"]
    tool = make_client("recommendations/write")
    assert_refused(tool.put("/people/proofs", json={"agent": BEN, "token": token}), 403)
    assert_refused(tool.put("/people/proofs", json={"agent": ACCOUNT, "token": token[:-2]}), 400)
    assert len(names(tool.put("/people/proofs", json={"agent": ACCOUNT, "token": token}))) == 2


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("join", {"agents": [ANN]}),
        ("join", {"agents": [ANN, {"name": "Ben"}]}),
        ("join", {"agents": ANN}),
        ("join", {}),
        ("part", {"agent": "ann"}),
        ("part", {"agent": ANN, "x": 1}),
    ],
)
def test_what_names_nobody_or_too_few_is_refused(client, assert_refused, path, body):
    assert_refused(client.post(f"/people/{path}", json=body), 400)
    assert_refused(show(client, ANN), 404)


@pytest.mark.parametrize(
    "body", [{}, {"rules": []}, {"rules": {"lms": "acme.example"}}, {"rules": {"https://x": 1}}]
)
def test_rules_that_cannot_be_are_refused(client, assert_refused, body):
    assert_refused(client.put("/people/rules", json=body), 400)
    assert_refused(client.put("/people/proofs", json=body), 400)
    assert client.get("/people/rules").json() == {"rules": {}}


def test_other_stores_know_nothing_of_it(client, make_client, other_store, assert_refused):
    client.post("/people/join", json={"agents": [ANN, ACCOUNT]})
    other = make_client(of=other_store)
    assert_refused(show(other, ANN), 404)
    assert_refused(other.post("/people/part", json={"agent": ANN}), 404)
