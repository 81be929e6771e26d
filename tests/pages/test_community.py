"""The page of communities: who waits comes first, by the place of the question; how people help each other, then."""

import time

import pytest

from recommender.messages import LANGUAGES

ASKED = "http://adlnet.gov/expapi/verbs/asked"
HELP = "https://learnerprise.org/xapi/verbs/asked-for-help"
MENTORED = "http://id.tincanapi.com/verb/mentored"


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
    html = shown(sign_in("community"), "/community", "1 question waits for an answer")
    assert '<a href="https://forum.acme.example/q/17"' in html
    assert "Somebody" not in html
    assert "How?" not in html


def learned(who, verb="http://adlnet.gov/expapi/verbs/completed", activity="https://acme.example/course"):
    return {
        "actor": {"mbox": f"mailto:{who}@acme.example", "name": f"<b>{who.title()}"},
        "verb": {"id": verb},
        "object": {"id": activity},
    }


@pytest.fixture
def needy(company, client, read_all):
    """Zoe is new here and knows nobody; she asked for help with a course, by a tool that has a button for it."""
    sent = [learned("zoe", activity="https://acme.example/article"), learned("zoe", HELP)]
    assert client.post("/xapi/statements", json=sent).status_code == 200
    read_all()


@pytest.fixture
def zoe(sign_in):
    return sign_in("learner", "mbox|mailto:zoe@acme.example")


def agree(visitor, kind, choice="yes"):
    assert visitor.post("/my-data/consents", {"kind": kind, "answer": choice}).status_code == 200


def test_who_asked_for_help_is_named_until_that_is_taken_back(sign_in, zoe, needy, shown):
    manager = sign_in("community")
    html = shown(manager, "/community", "They asked for help themselves")
    asking = html.partition('id="asking"')[2].partition("</section>")[0]
    assert "&lt;b&gt;Zoe" in asking
    assert '<a href="https://acme.example/course"' in asking
    zoe.post("/home/acts", {"act": "undo", "of": "help", "activity": "https://acme.example/course"})
    assert 'id="asking"' not in manager.get("/community").text


def test_a_newcomer_without_links_is_named_after_agreeing_and_gets_an_offer_once(
    sign_in, zoe, needy, shown, client
):
    manager = sign_in("community")
    assert 'id="newcomers"' not in shown(manager, "/community", "They asked for help themselves")
    agree(zoe, "managers")
    html = shown(manager, "/community", "Suggest a peer").partition('id="newcomers"')[2]
    assert "&lt;b&gt;Zoe" in html
    sent = {
        name: html.partition(f'name="{name}" value="')[2].partition('"')[0] for name in ("person", "proof")
    }
    assert manager.post("/community/offers", {**sent, "proof": "0" * 32}).status_code == 404
    agree(zoe, "managers", "no")
    assert manager.post("/community/offers", sent).status_code == 404
    agree(zoe, "managers")
    assert "Suggest a peer" not in manager.post("/community/offers", sent).text
    meeting = {
        **learned("o1", MENTORED),
        "object": {"objectType": "Agent", "mbox": "mailto:zoe@acme.example"},
    }
    assert client.post("/xapi/statements", json=meeting).status_code == 200
    agree(sign_in("learner", "mbox|mailto:o1@acme.example"), "peer")
    shown(zoe, "/home", "suggests that you get to know somebody")
    assert "suggests that you get to know" not in zoe.post("/peers/offer").text


def test_every_panel_has_its_file_in_every_language(sign_in, company):
    visitor = sign_in("community")
    for language in LANGUAGES:
        assert visitor.get("/community", headers={"Accept-Language": language}).status_code == 200
    assert visitor.get("/community/taking-part.csv").text.startswith("team,any,any_count,any_of")
    assert visitor.get("/community/reach.csv").status_code == 404


def test_only_those_who_look_after_communities_see_it(sign_in):
    assert sign_in("officer").get("/community").status_code == 403


def test_a_store_without_learning_says_what_brings_some(sign_in):
    assert "Too little has come in yet" in sign_in("community").get("/community").text


def test_the_community_has_no_fault_in_a_browser(sign_in, asked, zoe, needy, shown, assert_faultless):
    agree(zoe, "managers")
    shown(sign_in("community"), "/community", "Suggest a peer")
    assert_faultless("/community", sign_in("community"))
