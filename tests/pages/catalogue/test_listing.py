"""The list of the catalogue: searched, filtered, page by page, with what is to repair, and as files."""

import csv
import html
import io
import re

import pytest

from lrs.storage.stored_time import now_us
from recommender.storage.link_checks import LinkCheck, write_check

NUGGETS = {
    "joins": {
        "title": {"en": "All joins", "de": "Verbünde"},
        "skills": ["sql"],
        "language": "en",
        "level": "basic",
    },
    "views": {"title": {"en": "Views"}, "format": "video", "valid_until": "2020-01-01T00:00:00.000000Z"},
    "walls": {"title": {"en": "Walls"}, "hidden": True},
    "bare": {"format": "page"},
}
IDS = re.compile(r'class="small quiet id">https://acme.example/([a-z0-9-]+)<')


@pytest.fixture
def listed(producer, enter):
    """Enter the nuggets; return the names on the page that is asked for."""
    enter(**NUGGETS)
    return lambda **asked: IDS.findall(producer.get("/catalogue", params=asked).text)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["bare", "joins", "views", "walls"]),
        ({"text": "JOIN"}, ["joins"]),
        ({"text": " ", "skill": ""}, ["bare", "joins", "views", "walls"]),
        ({"skill": "sql"}, ["joins"]),
        ({"format": "video"}, ["views"]),
        ({"hidden": "true"}, ["walls"]),
        ({"repair": "expired"}, ["views"]),
        ({"repair": "title"}, ["bare"]),
        ({"repair": "skills"}, ["bare", "views"]),
        ({"text": "nothing says this"}, []),
    ],
)
def test_nuggets_are_found_by_what_they_are_and_lack(listed, asked, found):
    assert listed(**asked) == found


def test_what_is_to_repair_is_counted_and_leads_there(producer, enter):
    enter(**NUGGETS)
    page = producer.get("/catalogue")
    assert re.search(r'href="\?repair=title">no title</a> <span class="num quiet">1<', page.text)
    assert re.search(r'href="\?repair=language">no language</a> <span class="num quiet">2<', page.text)


def test_pages_follow_each_other_without_a_gap(producer, enter):
    enter(**{f"n{number:02}": {"title": {"en": f"Number {number}"}} for number in range(60)})
    seen, address = [], "/catalogue"
    while address:
        page = producer.get(address)
        seen += IDS.findall(page.text)
        more = re.search(r'rel="next" href="([^"]+)"', page.text)
        address = f"/catalogue{html.unescape(more[1])}" if more else ""
    assert seen == [f"n{number:02}" for number in range(60)]
    assert "60 nuggets" in page.text


def test_titles_are_those_of_the_readers_language(producer, enter):
    enter(**NUGGETS)
    assert "Verbünde" in producer.get("/catalogue", headers={"Accept-Language": "de"}).text
    assert "All joins" in producer.get("/catalogue", headers={"Accept-Language": "fr"}).text


def test_an_empty_catalogue_says_what_to_do(producer):
    page = producer.get("/catalogue")
    assert "The catalogue is empty" in page.text
    assert "activity,title_en" in page.text


def test_a_filter_that_cannot_be_read_is_told(producer):
    answer = producer.get("/catalogue", params={"hidden": "perhaps"})
    assert answer.status_code == 400
    assert 'role="alert"' in answer.text


def test_what_is_found_comes_as_csv_and_json(producer, enter):
    enter(**NUGGETS)
    asked = {"text": "views"}
    (row,) = csv.DictReader(io.StringIO(producer.get("/catalogue.csv", params=asked).text))
    assert (row["activity"], row["title_en"]) == ("https://acme.example/views", "Views")
    (found,) = producer.get("/catalogue.json", params=asked).json()
    assert found["title"] == {"en": "Views"}
    assert len(producer.get("/catalogue.json").json()) == 4
    assert producer.get("/catalogue.json", params={"text": "no such"}).json() == []


def test_what_was_entered_comes_as_csv_and_goes_in_again(
    producer, enter, database, store, other_store, sign_in
):
    enter(**NUGGETS)
    table = producer.get("/catalogue/entered/nuggets.csv").content
    other = sign_in("producer", of=other_store)
    sent = other.post("/catalogue/import", {"kind": "nuggets"}, files={"file": ("n.csv", table, "text/csv")})
    assert "4 lines were entered" in sent.text
    assert other.get("/catalogue/entered/nuggets.csv").content == table
    for kind in ("roles", "labels"):
        assert producer.get(f"/catalogue/entered/{kind}.csv").text.startswith("name,")


@pytest.mark.parametrize(
    ("kind", "table", "words"),
    [
        ("nuggets", b"activity,level\nhttps://acme.example/x,basic\nno iri,basic\n", "line 3"),
        ("nuggets", b"what\n1\n", "what"),
        ("nuggets", b"\xff\xfe", "UTF-8"),
        ("world", b"name\n", "choose"),
    ],
)
def test_a_file_is_entered_whole_or_not_at_all(producer, kind, table, words):
    answer = producer.post("/catalogue/import", {"kind": kind}, files={"file": ("n.csv", table, "text/csv")})
    assert answer.status_code == 400
    assert words in answer.text
    assert "The catalogue is empty" in answer.text


def test_roles_go_in_by_a_file(producer):
    table = b"name,skills\nAnalyst,sql:2\n"
    assert (
        "One line"
        in producer.post("/catalogue/import", {"kind": "roles"}, files={"file": ("r.csv", table)}).text
    )
    assert "Analyst" in producer.get("/catalogue/entered/roles.csv").text


def test_the_catalogue_is_open_to_those_who_may_read_it(sign_in, other_store, enter):
    enter(**NUGGETS)
    assert "Views" in sign_in("admin").get("/catalogue").text
    for role in ("learner", "officer", "analyst"):
        for path in ("/catalogue", "/catalogue.csv", "/catalogue.json", "/catalogue/nugget?activity=x"):
            assert sign_in(role).get(path).status_code == 403
    assert "Views" not in sign_in("producer", of=other_store).get("/catalogue").text


def test_links_that_lead_nowhere_are_to_repair_until_the_address_changes(
    listed, producer, enter, database, store
):
    for name, is_dead in (("joins", True), ("views", False), ("walls", True)):
        address = f"https://acme.example/{name}"
        write_check(database, store.id, LinkCheck(address, address, "404", is_dead, is_dead, now_us()))
    dead = producer.get("/catalogue").text.partition('id="dead"')[2].partition("</ul>")[0]
    assert "All joins" in dead
    assert "404" in dead
    assert "Views" not in dead
    assert "Walls" not in dead  # hidden
    enter(joins={**NUGGETS["joins"], "url": "https://acme.example/moved"})
    assert 'id="dead"' not in producer.get("/catalogue").text
