"""People with several names on a page: joined, parted, by a table and by rules; never those of another store."""

import pytest

from lrs.personas import find_or_create_personas, find_person

PATH = "/admin/people"
ADA, LEE = "mbox|mailto:ada@example.org", "mbox|mailto:ada.lee@home.example"
TABLE = b"agent,same_as\nada@example.org,ada.lee@home.example\n"


def identifiers(database, store):
    person = find_person(database, store.id, ADA)
    return set(person.identifiers) if person else set()


def upload(visitor, body, path=f"{PATH}/import"):
    return visitor.post(path, files={"file": ("people.csv", body, "text/csv")})


def test_two_identifiers_are_joined_shown_and_parted(admin, database, store, known):
    known("ada")
    joined = admin.post(f"{PATH}/join", {"agent": ["ada@example.org", "ada.lee@home.example"]})
    assert "They are one person now" in joined.text
    assert identifiers(database, store) == {ADA, LEE}
    shown = admin.get(PATH, params={"person": "ada.lee@home.example"})
    assert "mailto:ada@example.org" in shown.text
    assert "joined by an administrator" in shown.text
    rows = admin.get(f"{PATH}.json", params={"person": "ada@example.org"}).json()["rows"]
    assert [row["joined_by"] for row in rows] == [None, "admin"]
    parted = admin.post(f"{PATH}/part", {"agent": "ada.lee@home.example"})
    assert "a person of its own" in parted.text
    assert identifiers(database, store) == {ADA}


def test_a_table_joins_all_its_lines_or_none(admin, database, store, known):
    known("ada")
    broken = upload(admin, TABLE + b"nobody,x\n")
    assert broken.status_code == 400
    assert "line 3" in broken.text
    assert identifiers(database, store) == {ADA}
    assert "One person was joined to another" in upload(admin, TABLE).text
    assert identifiers(database, store) == {ADA, LEE}
    assert admin.post(f"{PATH}/import").status_code == 400


def test_rules_join_those_who_were_seen(admin, database, store, known):
    known("ada")
    find_or_create_personas(database, store.id, {"account|23|https://lms.example.org|ada": None})
    answer = admin.post(f"{PATH}/rules", {"rules": "https://lms.example.org example.org\n"})
    assert "One person was joined" in answer.text
    assert len(identifiers(database, store)) == 2
    assert "https://lms.example.org example.org" in admin.get(PATH).text
    for wrong in ("one", "a b c", "ftp://x example.org", "https://lms.example.org EXAMPLE"):
        refused = admin.post(f"{PATH}/rules", {"rules": wrong})
        assert refused.status_code == 400
        assert wrong in refused.text


@pytest.mark.parametrize("person", ["nobody", "{", "eve@example.org", "é" * 500])
def test_somebody_who_cannot_be_found_is_told(admin, person):
    answer = admin.get(PATH, params={"person": person})
    assert answer.status_code in (400, 404)
    assert 'role="alert"' in answer.text


def test_people_of_another_store_are_out_of_reach(sign_in, other_store, database, store, known):
    known("ada")
    stranger = sign_in("admin", of=other_store)
    assert stranger.get(PATH, params={"person": "ada@example.org"}).status_code == 404
    assert stranger.post(f"{PATH}/part", {"agent": "ada@example.org"}).status_code == 404
    stranger.post(f"{PATH}/join", {"agent": ["ada@example.org", "ada.lee@home.example"]})
    assert identifiers(database, store) == {ADA}
