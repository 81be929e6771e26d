"""Pages of a store with one learner of one team, no skills, endless titles and clocks that run ahead."""

from __future__ import annotations

import time

import pytest

PATHS = {
    "learner": ("/home", "/home/goals", "/peers", "/record", "/my-data", "/search?text=word"),
    "community": ("/community", "/community/stuck.csv", "/definitions"),
    "officer": ("/organisation", "/organisation/ready", "/organisation/report", "/explore"),
    "producer": ("/catalogue", "/catalogue/figures", "/catalogue/nugget?activity=https://example.org/0"),
    "admin": ("/admin", "/admin/statements", "/admin/people", "/admin/jobs"),
}
ADA = "mbox|mailto:ada@example.org"
NAME = "مرحبا " * 12 + "<script>alert(1)</script>"
LONG, SENTENCE = "word" * 250, "word " * 200
AHEAD_S = 400 * 86_400


@pytest.fixture
def tiny(client, read_all):
    """Store what one learner did, and will have done in more than a year."""
    stamps = [None, *(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + AHEAD_S)),) * 2]
    verbs = ("attempted", "completed", "attempted")
    for number, (stamp, verb) in enumerate(zip(stamps, verbs, strict=True)):
        statement = {
            "actor": {"mbox": "mailto:ada@example.org", "name": NAME},
            "verb": {"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
            "object": {
                "id": f"https://example.org/{number}",
                "definition": {"name": {"en": (LONG, SENTENCE, "<b>" * 300)[number]}},
            },
            "context": {"team": {"objectType": "Group", "name": "One", "mbox": "mailto:one@example.org"}},
        }
        body = {**statement, "timestamp": stamp} if stamp else statement
        answer = client.post("/xapi/statements", json=body)
        assert answer.status_code == 200, answer.text
    read_all()


def test_every_page_of_every_role_stands_and_says_something(sign_in, tiny):
    for role, paths in PATHS.items():
        visitor = sign_in(role, ADA)
        for path in paths:
            answer = visitor.get(path)
            assert answer.status_code == 200, (path, answer.text[:2000])
            assert "<script>alert" not in answer.text
            assert "<b><b>" not in answer.text
            assert "(None)" not in answer.text


def test_long_titles_and_names_break_no_page(sign_in, tiny, open_page, faults_of):
    for role, path in (("learner", "/home"), ("producer", "/catalogue"), ("community", "/community")):
        page = open_page(path, sign_in(role, ADA), width=360)
        assert faults_of(page) == [], path
