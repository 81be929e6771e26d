"""The page of communities: who waits comes first, by the place of the question; how people help each other, then."""

import time

import pytest

from recommender.messages import LANGUAGES

ASKED = "http://adlnet.gov/expapi/verbs/asked"


@pytest.fixture
def asked(company, client, read_all):
    """A question in an open place that nobody has answered for three days."""
    stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3 * 86_400))
    question = {
        "actor": {"mbox": "mailto:o1@acme.example", "name": "Somebody"},
        "verb": {"id": ASKED},
        "object": {
            "id": "https://forum.acme.example/q/17",
            "definition": {
                "type": "http://activitystrea.ms/question",
                "name": {"en": "<i>How?</i>"},
            },
        },
        "timestamp": stamp,
    }
    assert client.post("/xapi/statements", json=[question]).status_code == 200
    read_all()


def test_a_waiting_question_leads_to_its_place_and_tells_nobody(sign_in, asked, shown):
    html = shown(sign_in("community manager"), "/community", "1 question waits for an answer")
    assert '<a href="https://forum.acme.example/q/17"' in html
    assert "Somebody" not in html
    assert "How?" not in html


def test_every_panel_has_its_file_in_every_language(sign_in, company):
    visitor = sign_in("community manager")
    for language in LANGUAGES:
        assert visitor.get("/community", headers={"Accept-Language": language}).status_code == 200
    assert visitor.get("/community/taking-part.csv").text.startswith("team,any,any_count,any_of")
    assert visitor.get("/community/reach.csv").status_code == 404


def test_only_those_who_look_after_communities_see_it(sign_in):
    assert sign_in("officer").get("/community").status_code == 403


def test_a_store_without_learning_says_what_brings_some(sign_in):
    assert "Too little has come in yet" in sign_in("community manager").get("/community").text


def test_the_community_has_no_fault_in_a_browser(sign_in, asked, shown, assert_faultless):
    shown(sign_in("community manager"), "/community", "1 question waits for an answer")
    assert_faultless("/community", sign_in("community manager"))
