"""Runs one step of a Python client and prints what it saw: python python_steps.py STEP ENDPOINT KEY SECRET.

`tincan` and its fork `edx-tincan-py35` are both imported as `tincan`: PYTHONPATH decides which one.
"""

import hashlib
import json
import sys
import uuid

import tincan

AGENT = {"name": "Ada", "mbox": "mailto:ada@example.org"}
VERB = "https://example.org/verbs/read"
ACTIVITY = "https://example.org/nuggets/1"
VOIDED = "http://adlnet.gov/expapi/verbs/voided"


def statement(**properties):
    return tincan.Statement(
        **{
            "actor": tincan.Agent(**AGENT),
            "verb": tincan.Verb(id=VERB, display=tincan.LanguageMap({"en-US": "read"})),
            "object": tincan.Activity(id=ACTIVITY),
            "result": tincan.Result(score=tincan.Score(scaled=0.5), success=True),
            **properties,
        }
    )


def content(answer):
    """Return what a successful answer holds."""
    assert answer.success, answer.data
    return answer.content


def statements(lrs):
    known = str(uuid.uuid4())
    sent = [str(content(lrs.save_statement(statement(id=known))).id)]
    sent += [str(one.id) for one in content(lrs.save_statements([statement() for _ in range(4)]))]
    pages = [content(lrs.query_statements({"limit": 2, "verb": tincan.Verb(id=VERB)}))]
    while pages[-1].more:
        pages.append(content(lrs.more_statements(pages[-1].more)))
    one = content(lrs.retrieve_statement(known))
    void = statement(verb=tincan.Verb(id=VOIDED), object=tincan.StatementRef(id=sent[1]), result=None)
    content(lrs.save_statement(void))
    return {
        "known": known,
        "sent": sent,
        "pages": [[str(each.id) for each in page.statements] for page in pages],
        "one": [str(one.id), one.actor.mbox, one.version[:3]],
        "voided": str(content(lrs.retrieve_voided_statement(sent[1])).id),
        "gone": lrs.retrieve_statement(sent[1]).success,
    }


def documents(lrs):
    agent, activity = tincan.Agent(**AGENT), tincan.Activity(id=ACTIVITY)
    state = tincan.StateDocument(id="bookmark", content=bytearray(b"page 1"), agent=agent, activity=activity)
    content(lrs.save_state(state))
    kept = content(lrs.retrieve_state(activity, agent, "bookmark"))
    ids = content(lrs.retrieve_state_ids(activity, agent))
    content(lrs.clear_state(activity, agent))
    return {
        "kept": list(kept.content),
        "ids": ids,
        "left": content(lrs.retrieve_state_ids(activity, agent)),
    }


def profiles(lrs):
    """Change profiles that are there by the ETag the client works out; try to create others without any."""
    agent, activity = tincan.Agent(**AGENT), tincan.Activity(id=ACTIVITY)
    etag = '"' + hashlib.sha1(b"old").hexdigest() + '"'
    news = {"content": bytearray(b"new"), "etag": etag}
    changed = [
        lrs.save_agent_profile(tincan.AgentProfileDocument(id="there", agent=agent, **news)),
        lrs.save_activity_profile(tincan.ActivityProfileDocument(id="there", activity=activity, **news)),
    ]
    fresh = tincan.AgentProfileDocument(id="fresh", agent=agent, content=bytearray(b"new"))
    kept = [
        content(lrs.retrieve_agent_profile(agent, "there")),
        content(lrs.retrieve_activity_profile(activity, "there")),
    ]
    return {
        "changed": [answer.response.status for answer in changed],
        "kept": [bytes(profile.content).decode() for profile in kept],
        "created": lrs.save_agent_profile(fresh).response.status,
    }


def about(lrs):
    return {"versions": content(lrs.about()).version}


def wrong_password(lrs):
    lrs = tincan.RemoteLRS(endpoint=lrs.endpoint, username=sys.argv[3], password="wrong")
    answer = lrs.query_statements({"limit": 1})
    return {"status": answer.response.status, "success": answer.success}


STEPS = {step.__name__: step for step in (statements, documents, profiles, about, wrong_password)}


def main():
    step, endpoint, key, secret = sys.argv[1:]
    lrs = tincan.RemoteLRS(endpoint=endpoint, username=key, password=secret)  # its newest version
    sys.stdout.write(json.dumps(STEPS[step](lrs)))


if __name__ == "__main__":
    main()
