"""Erasures, exports, retention and the audit on pages: first shown, then done, and of one store alone."""

import io
import time
import zipfile

import pytest

from lrs.storage.erased import find_erasure_key
from lrs.storage.erasures import ErasuresRepository

PATH = "/admin/privacy"
ADA = {"person": "ada@example.org", "own": "remove", "mentions": "pseudonymise"}


def finished(database, store):
    deadline = time.monotonic() + 60
    found = ErasuresRepository(database, store.id).list_all()
    while not all(one.finished for one in found) and time.monotonic() < deadline:
        time.sleep(0.1)
        found = ErasuresRepository(database, store.id).list_all()
    return found


def count(client):
    return len(client.get("/xapi/statements").json()["statements"])


def test_an_erasure_is_shown_before_it_is_done(admin, client, database, store, stored, statement):
    stored(statement("ada"), statement("ben"))
    preview = admin.post(f"{PATH}/preview", ADA)
    assert "An erasure of ada@example.org would change" in preview.text
    assert count(client) == 2
    begun = admin.post(f"{PATH}/erase", ADA)
    assert "The erasure has begun" in begun.text
    (erasure,) = finished(database, store)
    assert count(client) == 1
    page = admin.get(PATH)
    assert erasure.id[:22] in page.text
    assert "Ada" not in page.text.replace("Ada Lovelace", "")
    assert erasure.id in admin.get(f"{PATH}.csv").text
    assert "Erasure of a person" in admin.get("/admin/jobs").text


def test_what_is_held_of_a_person_comes_as_a_file(admin, stored, wait_for_lines):
    stored()
    answer = admin.post(f"{PATH}/export", ADA)
    assert answer.headers["Content-Type"] == "application/zip"
    assert "index.html" in zipfile.ZipFile(io.BytesIO(answer.content)).namelist()
    assert wait_for_lines(1) == [f"{PATH}/export"]
    assert "Export of a person" in admin.get("/admin/jobs").text


@pytest.mark.parametrize("act", ["preview", "erase", "export"])
@pytest.mark.parametrize(
    ("person", "status"), [("eve@example.org", 404), ("eve", 400), ("", 400), ("{", 400)]
)
def test_somebody_unknown_is_told_and_stays_typed(admin, stored, act, person, status):
    stored()
    answer = admin.post(f"{PATH}/{act}", {**ADA, "person": person})
    assert answer.status_code == status
    assert 'role="alert"' in answer.text
    assert f'value="{person}"' in answer.text


def test_a_person_of_another_store_is_unknown(sign_in, other_store, stored):
    stored()
    stranger = sign_in("admin", of=other_store)
    for act in ("preview", "erase", "export"):
        assert stranger.post(f"{PATH}/{act}", ADA).status_code == 404


def test_old_statements_are_counted_before_they_are_removed(
    admin, client, database, store, stored, statement
):
    stored(statement(), statement(verb={"id": "https://example.org/verbs/paused"}))
    rule = {"days": "", "verb": "https://example.org/verbs/paused", "registration": "", "credential": ""}
    assert "One Statement would be removed" in admin.post(f"{PATH}/count", rule).text
    assert "0 Statements would be removed" in admin.post(f"{PATH}/count", {"days": "1"}).text
    assert count(client) == 2
    assert "The removal has begun" in admin.post(f"{PATH}/remove", rule).text
    finished(database, store)
    assert count(client) == 1


@pytest.mark.parametrize("rule", [{}, {"days": "0"}, {"days": "x"}, {"days": "9" * 30}, {"days": "-1"}])
def test_a_rule_that_says_nothing_removes_nothing(admin, client, stored, rule):
    stored()
    for act in ("count", "remove"):
        assert admin.post(f"{PATH}/{act}", rule).status_code == 400
    assert count(client) == 1


def test_what_happens_to_data_sent_again_is_set(admin, database, store):
    assert "from now on" in admin.post(f"{PATH}/sent-again", {"policy": "pseudonymise"}).text
    assert find_erasure_key(database, store.id).sent_again == "pseudonymise"
    assert admin.post(f"{PATH}/sent-again", {"policy": "sell"}).status_code == 400


def test_the_audit_is_read_page_by_page_and_by_person(admin, known, wait_for_lines):
    known("ada")
    for _ in range(3):
        admin.get("/admin/people", params={"person": "ada@example.org"})
    wait_for_lines(3)
    page = admin.get(f"{PATH}/audit", params={"person": "ada@example.org"})
    assert page.text.count("GET /admin/people") == 3
    assert "/admin/people" in admin.get(f"{PATH}/audit.csv").text
    assert admin.get(f"{PATH}/audit", params={"more": "x"}).status_code == 400


def test_who_asked_to_be_erased_is_shown_with_what_an_erasure_would_change(admin, sign_in, stored, statement):
    stored(statement("ada"))
    assert "Nobody asks to be erased" in admin.get(f"{PATH}/wishes").text
    sign_in("learner", "mbox|mailto:ada@example.org").post("/my-data/erasure", {"do": "ask", "sure": "yes"})
    page = admin.get(f"{PATH}/wishes").text
    assert "ada@example.org" in page
    assert (
        "would change" in admin.post(f"{PATH}/preview", {**ADA, "person": "mbox|mailto:ada@example.org"}).text
    )
    assert sign_in("learner").get(f"{PATH}/wishes").status_code == 403
