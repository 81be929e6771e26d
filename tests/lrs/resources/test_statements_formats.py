"""GET /statements: exact, ids, canonical, and multipart answers."""

import email
import json
import uuid

import pytest

DEFINITION = {
    "name": {"en": "One", "ca": "U"},
    "description": {"fr": "Un"},
    "type": "https://example.org/type",
}


@pytest.fixture
def rich(make_statement):
    return make_statement(
        actor={"objectType": "Group", "name": "Two", "member": [{"mbox": "mailto:a@b.org", "name": "A"}]},
        verb={"id": "https://example.org/verbs/read", "display": {"en": "read", "ca": "va llegir"}},
        object={
            "objectType": "Activity",
            "id": f"https://example.org/{uuid.uuid4()}",
            "definition": DEFINITION,
        },
        result={"response": "kept"},
        context={
            "instructor": {"objectType": "Agent", "name": "E", "mbox": "mailto:e@b.org"},
            "team": {
                "objectType": "Group",
                "name": "T",
                "mbox": "mailto:t@b.org",
                "member": [{"mbox": "mailto:a@b.org"}],
            },
            "contextActivities": {"parent": [{"id": "https://example.org/c", "definition": DEFINITION}]},
        },
    )


def test_ids_keeps_only_what_identifies(lrs, rich):
    [name] = lrs.store(rich)
    plain = lrs.one(name, format="ids")
    assert plain["actor"] == {"objectType": "Group", "member": [{"mbox": "mailto:a@b.org"}]}
    assert plain["verb"] == {"id": "https://example.org/verbs/read"}
    assert plain["object"] == {"id": rich["object"]["id"]}
    assert plain["result"] == {"response": "kept"}
    assert plain["context"]["instructor"] == {"objectType": "Agent", "mbox": "mailto:e@b.org"}
    assert plain["context"]["team"] == {"objectType": "Group", "mbox": "mailto:t@b.org"}
    assert plain["context"]["contextActivities"] == {"parent": [{"id": "https://example.org/c"}]}
    assert "name" not in plain["authority"]
    assert lrs.find(format="ids") == [plain]


def test_ids_reaches_into_substatements(lrs, rich):
    inner = {
        "objectType": "SubStatement",
        **{key: rich[key] for key in ("actor", "verb", "object", "context")},
    }
    [name] = lrs.store({**rich, "id": str(uuid.uuid4()), "object": inner})
    plain = lrs.one(name, format="ids")["object"]
    assert plain["objectType"] == "SubStatement"
    assert plain["object"] == {"id": rich["object"]["id"]}
    assert plain["context"]["contextActivities"] == {"parent": [{"id": "https://example.org/c"}]}


def test_exact_is_the_default_and_byte_for_byte_what_came(lrs, rich):
    [name] = lrs.store(rich)
    assert lrs.get(statementId=name).content == lrs.get(statementId=name, format="exact").content
    assert json.dumps(rich["object"]).encode() in lrs.get(statementId=name).content


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("ca", "ca"),
        ("ca-ES", "ca"),
        ("fr, ca;q=0.3, en;q=0.2", "ca"),
        ("en;q=0.2, ca;q=0.9", "ca"),
        ("*", "en"),
        ("ja", "en"),
        (None, "en"),
        ("not a header;;q=x", "en"),
    ],
)
def test_canonical_picks_one_language_by_accept_language(lrs, rich, accepted, language):
    [name] = lrs.store(rich)
    query = {"statementId": name, "format": "canonical"}
    kept = lrs.send("GET", params=query, headers={"Accept-Language": accepted}).json()
    assert list(kept["verb"]["display"]) == [language]
    assert list(kept["object"]["definition"]["name"]) == [language]
    assert kept["object"]["definition"]["description"] == {"fr": "Un"}
    assert list(kept["context"]["contextActivities"]["parent"][0]["definition"]["name"]) == [language]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("en,fr;q=0.9", "en-GB"),
        ("en;q=0.9,de;q=0.8", "en-GB"),
        ("*;q=0.1,en", "en-GB"),
        ("en-GB-oxendict,de;q=0.9", "en-GB"),
        ("de-CH,fr;q=0.9", "de"),
        ("ja,*;q=0.1", "de"),
    ],
)
def test_canonical_puts_the_best_quality_first(lrs, make_statement, accepted, language):
    names = {"de": "Haus", "en-GB": "house", "fr": "maison"}
    activity = {"id": f"https://example.org/{uuid.uuid4()}", "definition": {"name": names}}
    [name] = lrs.store(make_statement(object=activity))
    query = {"statementId": name, "format": "canonical"}
    answer = lrs.send("GET", params=query, headers={"Accept-Language": accepted})
    assert answer.json()["object"]["definition"]["name"] == {language: names[language]}
    assert "Accept-Language" in answer.headers["Vary"]


def test_canonical_shows_the_definition_merged_by_the_store(lrs, rich, make_statement):
    [first] = lrs.store(rich)
    news = {"name": {"en": "First", "de": "Eins"}, "moreInfo": "https://example.org/more"}
    lrs.store(make_statement(object={"id": rich["object"]["id"], "definition": news}))
    [bare] = lrs.store(make_statement(object={"id": rich["object"]["id"]}))
    for name in (first, bare):
        shown = lrs.one(name, format="canonical")["object"]["definition"]
        assert shown["name"] == {"en": "First"}
        assert shown["description"] == {"fr": "Un"}
        assert shown["moreInfo"] == "https://example.org/more"
        assert shown["type"] == "https://example.org/type"
    assert lrs.one(first)["object"]["definition"] == DEFINITION
    assert "definition" not in lrs.one(bare)["object"]


def test_canonical_reaches_into_substatements_and_attachments(lrs, rich):
    attachment = {
        "usageType": "https://example.org/usage",
        "display": {"en": "File", "ca": "Fitxer"},
        "contentType": "text/plain",
        "length": 1,
        "sha2": "ab" * 32,
        "fileUrl": "https://example.org/file",
    }
    inner = {"objectType": "SubStatement", "attachments": [attachment]}
    inner |= {key: rich[key] for key in ("actor", "verb", "object")}
    outer = {**rich, "id": str(uuid.uuid4()), "object": inner, "attachments": [attachment]}
    [name] = lrs.store(outer)
    kept = lrs.one(name, format="canonical")
    assert kept["attachments"][0]["display"] == {"en": "File"}
    assert kept["object"]["attachments"][0]["display"] == {"en": "File"}
    assert kept["object"]["verb"]["display"] == {"en": "read"}
    assert kept["object"]["object"]["definition"]["name"] == {"en": "One"}


def test_a_credential_without_define_does_not_change_definitions(lrs, make_lrs, rich, make_statement):
    [name] = lrs.store(rich)
    poor = make_lrs("statements/write")
    poor.store(make_statement(object={**rich["object"], "definition": {"name": {"en": "Defaced"}}}))
    assert lrs.one(name, format="canonical")["object"]["definition"]["name"] == {"en": "One"}


def test_definitions_of_one_store_are_not_shown_in_another(lrs, make_lrs, other_store, rich, make_statement):
    lrs.store(rich)
    elsewhere = make_lrs(of=other_store)
    [bare] = elsewhere.store(make_statement(object={"id": rich["object"]["id"]}))
    assert "definition" not in elsewhere.one(bare, format="canonical")["object"]


def parts_of(answer):
    head = f"Content-Type: {answer.headers['Content-Type']}\r\n\r\n".encode()
    return email.message_from_bytes(head + answer.content).get_payload()


@pytest.mark.parametrize("single", [True, False])
def test_attachments_true_is_always_multipart(lrs, rich, single):
    [name] = lrs.store(rich)
    answer = lrs.get(attachments="true", **({"statementId": name} if single else {}))
    assert answer.headers["Content-Type"].startswith("multipart/mixed; boundary=")
    [part] = parts_of(answer)
    assert part.get_content_type() == "application/json"
    body = json.loads(part.get_payload(decode=True))
    assert (body["id"] if single else body["statements"][0]["id"]) == name


def test_attachments_false_is_json(lrs, rich):
    [name] = lrs.store(rich)
    answer = lrs.get(statementId=name, attachments="false")
    assert answer.headers["Content-Type"] == "application/json"


def test_a_more_link_keeps_attachments_and_format(lrs, client, rich, make_statement):
    lrs.store(rich, make_statement())
    [part] = parts_of(lrs.get(attachments="true", format="ids", limit=1))
    more = json.loads(part.get_payload(decode=True))["more"]
    following = client.get(more)
    [part] = parts_of(following)
    [statement] = json.loads(part.get_payload(decode=True))["statements"]
    assert statement["verb"] == {"id": "https://example.org/verbs/read"}
