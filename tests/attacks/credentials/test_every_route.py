"""Every route and method with every scope, as a tool and as a learner, with the ids of other stores and credentials."""

import io
import json
import zipfile

import pytest

from lrs.auth.bearer import BearerTokens
from lrs.auth.credentials import Credential
from lrs.auth.scopes import GRANTED_BY, GRANTED_TO_LEARNERS, OF_LEARNERS, SCOPES
from lrs.resources.openapi import EXTENSION, METHODS, PATH, make_document
from recommender.insights.asking import COUNTED
from recommender.insights.figures import FIGURES

ADA, BOB = {"mbox": "mailto:ada@example.org"}, {"mbox": "mailto:bob@example.org"}
ACTIVITY, ORIGIN = "https://example.org/nuggets/secret", "https://lms.example.org"
READS = {"statements/read", "statements/read/mine"}
OWN = {"recommendations/read", "recommendations/read/mine"}
OPEN_TO = {
    ("/xapi/statements", "GET"): READS,
    ("/xapi/statements", "POST"): {"statements/write"},
    ("/xapi/statements", "PUT"): {"statements/write"},
    ("/xapi/agents", "GET"): {*READS, "profile/read"},
    ("/xapi/activities", "GET"): {*READS, "profile/read", "state/read"},
    ("/tokens", "POST"): {"tokens/mint"},
    ("/tokens", "DELETE"): GRANTED_TO_LEARNERS,
    ("/tokens/revoked", "POST"): {"tokens/mint"},
    ("/record/audit", "GET"): {"record/read/mine"},
    ("/privacy/audit", "GET"): {"privacy/manage"},
    ("/recommendations/consents", "PUT"): {"recommendations/write"},
    ("/people", "GET"): {"learners/read", "privacy/manage"},
    **{(f"/people/{path}", "POST"): {"privacy/manage"} for path in ("join", "part", "import")},
    ("/people/rules", "GET"): {"privacy/manage"},
    ("/people/rules", "PUT"): {"privacy/manage"},
    ("/people/proofs", "POST"): {"privacy/manage"},
    ("/people/proofs", "PUT"): {"recommendations/write"},
    ("/privacy/erasures", "GET"): {"privacy/manage"},
    ("/privacy/export", "GET"): {"privacy/manage", "record/read/mine"},
    ("/privacy/erasures", "POST"): {"privacy/manage"},
    ("/privacy/retention", "GET"): {"privacy/manage"},
    ("/privacy/retention", "PUT"): {"privacy/manage"},
    ("/recommendations/outcomes", "GET"): {"insights/read"},
    ("/recommendations/experiments", "GET"): {"insights/read"},
    ("/recommendations/learners", "GET"): {"learners/read", "record/read/mine"},
    ("/insights/measures", "POST"): {"insights/organisation"},
    **{
        (f"/insights/{name}", "GET"): {FIGURES[name].scope, "insights/read", "insights/explore"}
        for name in sorted(COUNTED)
    },
    **{
        (f"/xapi/{path}", method): {f"{scope}/{'read' if method == 'GET' else 'write'}"}
        for path, scope in (
            ("activities/state", "state"),
            ("agents/profile", "profile"),
            ("activities/profile", "profile"),
        )
        for method in ("GET", "PUT", "POST", "DELETE")
    },
    **{
        (f"/recommendations/{path}", "GET"): OWN
        for path in ("nuggets", "nuggets/similar", "path", "peers", "search", "consents", "groups", "next")
    },
    **{("/recommendations/learners", method): {"learners/write"} for method in ("PUT", "POST", "DELETE")},
    **{
        (f"/recommendations/catalogue/{kind}", method): {
            f"catalogue/{'read' if method == 'GET' else 'write'}"
        }
        for kind in ("nuggets", "roles", "labels")
        for method in ("GET", "PUT", "POST", "DELETE")
    },
}
"""The scopes that open each route; wider ones (all, all/read, state, ...) do so too."""
FREE = {
    "/xapi/about",
    "/health/alive",
    "/health/ready",
    "/oauth2/token",
    "/lti/jwks",
    "/lti/configuration",
    PATH,
}


@pytest.fixture(scope="session")
def guarded(application):
    """Every route that asks for a credential, with each of its methods."""
    return sorted(
        (rule.rule, method)
        for rule in application.url_map.iter_rules()
        for method in METHODS & rule.methods
        if rule.rule not in FREE and not rule.rule.startswith("/static")
    )


def opened(scope, holders):
    """Return the routes that a scope opens to tools or to learners."""
    return {
        route
        for route, scopes in OPEN_TO.items()
        if any(
            scope in GRANTED_BY[one] and (one not in OF_LEARNERS or holders == "learners") for one in scopes
        )
    }


def test_it_is_written_here_which_scopes_open_each_route(guarded):
    assert set(guarded) == set(OPEN_TO)


@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_opens_its_own_routes_to_a_tool_and_no_other(make_caller, guarded, scope):
    caller = make_caller(scope)
    found = {(path, method) for path, method in guarded if caller.request(method, path).status_code != 403}
    assert found == opened(scope, "tools")


@pytest.mark.parametrize("scope", sorted(GRANTED_TO_LEARNERS))
def test_a_scope_opens_its_own_routes_to_a_learner_and_no_other(mint, guarded, scope):
    page, query, revoking = mint(scope), {"agent": json.dumps(ADA)}, ("/tokens", "DELETE")
    found = {
        (path, method)
        for path, method in guarded
        if (path, method) != revoking and page.request(method, path, params=query).status_code != 403
    }
    assert found == opened(scope, "learners") - {revoking}


# Other people

SAMPLES = {"activityId": ACTIVITY, "activity": ACTIVITY, "stateId": "x", "profileId": "x", "text": "x"}
TARGETS = {"/recommendations/groups": {"goal": "sql"}}
"""What a route wants beside, one of several parameters."""
ANYBODY = {"/recommendations/nuggets/similar", "/recommendations/search"}
"""Routes that answer nothing about people unless an agent is named."""


@pytest.fixture
def learner(application, store, caller_with, monkeypatch):
    """Make the caller of a learner with any scope, as a provider of identities may grant it."""

    class Verifier:
        def recognises(self, token):
            return True

        def check(self, token, origin):
            name, scope = token.split(":")
            person = f"mbox|mailto:{name}@example.org"
            return Credential("provider", "a person", store, frozenset(scope.split(",")), person)

    service = application.extensions["learnerprise"]
    monkeypatch.setattr(service, "bearer_tokens", BearerTokens([Verifier()]))
    return lambda scope, name="ada": caller_with(f"Bearer {name}:{scope}")


@pytest.fixture(scope="session")
def about_somebody(application):
    """Every route and method that takes an agent, with the names of its required parameters."""
    document = make_document(application, application.extensions[EXTENSION])
    return [
        (
            path,
            method.upper(),
            {one["name"] for one in operation["parameters"] if one["required"] and one["in"] == "query"},
        )
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if "agent" in {one["name"] for one in operation["parameters"]}
    ]


def test_there_are_routes_that_take_an_agent(about_somebody):
    assert len(about_somebody) >= 20


def test_a_learner_asks_for_nobody_else(learner, about_somebody):
    caller, open_to_learners = learner(",".join(GRANTED_TO_LEARNERS)), opened_to_learners()
    for path, method, required in about_somebody:
        query = {**TARGETS.get(path, {}), **{name: SAMPLES[name] for name in required - {"agent"}}}
        for agent in (BOB, {"mbox": "mailto:ada@example.com"}, {"openid": "https://example.org/ada"}):
            answer = caller.request(method, path, params={**query, "agent": json.dumps(agent)})
            assert answer.status_code == 403, (path, method)
            assert answer.json["path"] == "agent" or (path, method) not in open_to_learners, (path, method)
        if (path, method) not in open_to_learners:
            continue
        own = caller.request(method, path, params={**query, "agent": json.dumps(ADA)})
        assert own.status_code != 403, (path, method, own.text)
        if "agent" not in required and path not in ANYBODY:
            assert caller.request(method, path, params=query).status_code == 403, (path, method)


def test_a_person_with_a_wider_scope_acts_for_others_where_that_scope_lets_in(learner, about_somebody):
    caller = learner("privacy/manage,learners/read,statements/write")
    wide = {
        route
        for scope in ("privacy/manage", "learners/read")
        for route in opened(scope, "tools")
        if route in {(path, method) for path, method, _ in about_somebody}
    }
    assert wide >= {
        ("/privacy/export", "GET"),
        ("/privacy/erasures", "POST"),
        ("/recommendations/learners", "GET"),
    }
    for path, method in sorted(wide):
        query = {"agent": json.dumps(BOB)}
        assert caller.request(method, path, params=query).status_code != 403, (path, method)
    own = caller.post("/privacy/erasures", params={"agent": json.dumps(ADA), "dry_run": "true"})
    assert (own.status_code, own.json["path"]) == (400, "agent")
    asked = {"agent": BOB, "origin": ORIGIN, "scopes": ["recommendations/read/mine"]}
    assert learner("all").post("/tokens", json=asked).status_code == 403


def opened_to_learners():
    return {route for scope in GRANTED_TO_LEARNERS for route in opened(scope, "learners")}


def test_a_learner_enters_no_table_of_learners(learner):
    table = "agent,team\nada@example.org,sales\n"
    answer = learner(",".join(GRANTED_TO_LEARNERS)).post(
        "/recommendations/learners", data=table, headers={"Content-Type": "text/csv"}
    )
    assert answer.status_code == 403


# What is there already

MARKS = {
    "StatementMark": {"statements/read", "privacy/manage"},
    "StateMark": {"state/read", "privacy/manage"},
    "AgentProfileMark": {"profile/read", "privacy/manage"},
    "ActivityProfileMark": {"profile/read"},
    "LearnerMark": {"learners/read", "privacy/manage"},
}
"""A text in each kind of thing, and the scopes that let a tool read it; wider ones do so too."""
OF_ADA = set(MARKS) - {"ActivityProfileMark"}


@pytest.fixture
def owner(make_caller):
    """The caller that brought everything that is in the test's store."""
    return make_caller()


@pytest.fixture
def kept(owner, make_statement):
    """Fill the store; return the parameters that name what is in it."""
    statement = make_statement(actor=ADA, object={"id": ACTIVITY}, result={"response": "StatementMark"})
    assert owner.post("/xapi/statements", json=statement).status_code == 200
    token = owner.post("/tokens", json={"agent": ADA, "origin": ORIGIN, "scopes": ["state/read"]})
    names = {
        "statementId": statement["id"],
        "activityId": ACTIVITY,
        "activity": ACTIVITY,
        "stateId": "x",
        "profileId": "x",
        "agent": json.dumps(ADA),
        "name": "x",
        "text": "Secret",
        "token": token.json["token"],
    }
    writes = [
        ("/xapi/activities/state", ("activityId", "agent", "stateId"), {"x": "StateMark"}),
        ("/xapi/agents/profile", ("agent", "profileId"), {"x": "AgentProfileMark"}),
        ("/xapi/activities/profile", ("activityId", "profileId"), {"x": "ActivityProfileMark"}),
        ("/recommendations/learners", ("agent",), {"team": "LearnerMark"}),
        ("/recommendations/catalogue/nuggets", ("activity",), {"title": {"en": "Secret"}}),
    ]
    for path, keys, body in writes:
        query, new = {key: names[key] for key in keys}, {"If-None-Match": "*"}
        answer = owner.put(path, params=query, json=body, headers=new)
        assert answer.status_code == 204, answer.text
    return names


@pytest.fixture(scope="session")
def asked_by_name(application):
    """For each route and method: the parameters that name something, as several queries."""
    document, found = make_document(application, application.extensions[EXTENSION]), {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            named = [one for one in operation["parameters"] if one["in"] == "query"]
            needed = [one["name"] for one in named if one["required"]]
            optional = [one["name"] for one in named if not one["required"]]
            found[path, method.upper()] = [needed, *([*needed, name] for name in optional)]
    return found


@pytest.fixture
def call(kept, asked_by_name):
    """Send a request for each way to name what is in the store; return the texts of all answers."""

    def send(caller, path, method):
        sought = {**kept, "voidedStatementId": kept["statementId"], "role": "x", "goal": "x", "skill": "x"}
        bodies = {"/tokens/revoked": {"token": kept["token"]}}
        texts = []
        for names in asked_by_name[path, method]:
            query = {name: sought[name] for name in names if name in sought}
            body = {} if method in ("GET", "DELETE") else {"json": bodies.get(path, {"defaced": True})}
            answer = caller.request(method, path, params=query, **body)
            text = text_of(answer)
            assert answer.status_code < 500, (method, path, text)
            texts.append(text)
        return "".join(texts)

    return send


def text_of(answer):
    """Return what an answer says, of a zip what is in it."""
    if answer.mimetype != "application/zip":
        return answer.text
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    answer.close()
    return "".join(archive.read(name).decode() for name in archive.namelist())


def marks_in(text):
    return {mark for mark in MARKS if mark.lower() in text.lower()}


def everything(owner, guarded, call):
    return {path: call(owner, path, "GET") for path, method in guarded if method == "GET" and "xapi" in path}


@pytest.mark.parametrize("scope", SCOPES)
def test_a_tool_of_the_store_reads_what_its_scope_names_and_no_more(make_caller, guarded, call, scope):
    caller = make_caller(scope)
    seen = {mark for route in guarded if route[1] == "GET" for mark in marks_in(call(caller, *route))}
    assert seen == {mark for mark, scopes in MARKS.items() if any(scope in GRANTED_BY[one] for one in scopes)}


def test_another_store_reads_and_changes_nothing_by_any_scope(
    make_caller, owner, guarded, call, other_store, kept, caller_with
):
    before = everything(owner, guarded, call)
    assert marks_in("".join(before.values())) >= OF_ADA - {"LearnerMark"}
    for scope in SCOPES:
        stranger = make_caller(scope, of=other_store)
        for route in sorted(opened(scope, "tools")):
            assert marks_in(call(stranger, *route)) == set(), (scope, route)
    assert everything(owner, guarded, call) == before
    assert marks_in(call(owner, "/recommendations/learners", "GET")) == {"LearnerMark"}
    page = caller_with(f"Bearer {kept['token']}", Origin=ORIGIN)
    assert marks_in(call(page, "/xapi/activities/state", "GET")) == {"StateMark"}


def test_a_learner_reads_and_changes_nothing_of_another(mint, owner, guarded, call):
    before = everything(owner, guarded, call)
    page = mint(*GRANTED_TO_LEARNERS, agent=BOB, minting=owner)
    for path, method in guarded:
        if (path, method) != ("/tokens", "DELETE"):
            assert marks_in(call(page, path, method)) <= {"ActivityProfileMark"}, (path, method)
    assert everything(owner, guarded, call) == before


def test_a_learner_reads_nothing_of_another_whoever_made_the_token(learner, guarded, call):
    caller = learner(",".join(GRANTED_TO_LEARNERS), "bob")
    for path, method in guarded:
        if method == "GET":
            assert marks_in(call(caller, path, method)) <= {"ActivityProfileMark"}, path
