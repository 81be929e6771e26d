"""A nugget in a form: the catalogue's own checks, two tabs, and nothing typed is ever lost."""

import re

import pytest

from recommender.storage.entries import find_entries

JOINS = "https://acme.example/joins"


def etag_in(answer):
    return re.search(r'name="etag" value="([0-9a-f]*)"', answer.text)[1]


def form(**typed):
    return {
        "activity": JOINS,
        "etag": "",
        "back": "",
        "title_language": ["en"],
        "title_text": ["Joins"],
        **typed,
    }


@pytest.fixture
def entered(database, store):
    """Return what is entered for the nugget."""

    def find():
        found = find_entries(database, store.id, "nuggets", [JOINS])
        return found[JOINS].values if found else None

    return find


def test_a_nugget_is_entered_changed_and_taken_back(producer, entered):
    typed = form(
        new="yes",
        back="text=sql",
        title_language=["en", "ca", ""],
        title_text=["Joins", "Unions", ""],
        duration="90",
        skills="sql\ndata modelling\n",
        starts="2999-12-29T15:30",
        valid_until="2999-12-30",
        hidden="yes",
        mastery="0.8",
        attempts="3",
    )
    saved = producer.post("/catalogue/nugget", typed)
    assert saved.url.endswith("/catalogue?text=sql&done=saved")
    assert entered() == {
        "title": {"en": "Joins", "ca": "Unions"},
        "duration": "PT90M",
        "skills": ["sql", "data modelling"],
        "starts": "2999-12-29T15:30:00.000000Z",
        "valid_until": "2999-12-31T00:00:00.000000Z",
        "hidden": True,
        "mastery": 0.8,
        "attempts": 3,
    }
    page = producer.get("/catalogue/nugget", params={"activity": JOINS})
    assert 'value="90"' in page.text
    assert 'value="2999-12-30"' in page.text
    assert 'value="2999-12-29T15:30"' in page.text
    producer.post("/catalogue/nugget", form(etag=etag_in(page), level="Basic"))
    assert entered() == {"title": {"en": "Joins"}, "level": "basic"}
    page = producer.get("/catalogue/nugget", params={"activity": JOINS})
    gone = producer.post("/catalogue/nugget/delete", {"activity": JOINS, "etag": etag_in(page), "back": ""})
    assert "taken back" in gone.text
    assert entered() is None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"duration": "long"}, "duration"),
        ({"language": "english please"}, "language"),
        ({"url": "no address"}, "url"),
        ({"valid_until": "soon"}, "valid_until"),
        ({"mastery": "nan"}, "mastery"),
        ({"mastery": "1e999"}, "mastery"),
        ({"attempts": "9" * 5000}, "attempts"),
        ({"position": "1.5"}, "position"),
        ({"modality": "magic"}, "modality"),
        ({"level": "x" * 101}, "level"),
        ({"title_text": ["x" * 501]}, "title"),
        ({"title_language": ["en", "EN"], "title_text": ["a", "b"]}, "title"),
        ({"title_language": [""], "title_text": ["without a language"]}, "title"),
        ({"prerequisites": JOINS}, "prerequisites"),
        ({"activity": "no iri", "new": "yes"}, "activity"),
    ],
)
def test_what_the_catalogue_refuses_is_told_at_its_field_and_stays_typed(producer, entered, wrong, field):
    answer = producer.post("/catalogue/nugget", form(**{"level": "kept", "owner": "Ann & Ben", **wrong}))
    assert answer.status_code == 400
    assert "nothing you typed is lost" in answer.text
    assert 'value="Ann &amp; Ben"' in answer.text
    assert re.search(rf'name="{field}(_text|_language)?"[^>]*aria-invalid="true"', answer.text)
    assert entered() is None


def test_the_second_of_two_tabs_is_told_and_loses_nothing(producer, sign_in, enter, entered):
    enter(joins={"title": {"en": "Joins"}, "level": "basic"})
    first, second = (
        one.get("/catalogue/nugget", params={"activity": JOINS}) for one in (producer, sign_in("admin"))
    )
    assert etag_in(first) == etag_in(second)
    producer.post("/catalogue/nugget", form(etag=etag_in(first), level="expert"))
    mine = form(etag=etag_in(second), level="advanced", owner="Ben", back="skill=sql")
    told = producer.post("/catalogue/nugget", mine)
    assert told.status_code == 412
    assert "Somebody else has saved this nugget" in told.text
    assert 'value="advanced"' in told.text
    assert 'value="Ben"' in told.text
    assert "expert" in told.text
    assert entered()["level"] == "expert"
    producer.post("/catalogue/nugget", {**mine, "etag": etag_in(told)})
    assert (entered()["level"], entered()["owner"]) == ("advanced", "Ben")


def test_a_nugget_that_was_entered_or_taken_back_meanwhile_is_told(producer, enter, entered):
    enter(joins={"level": "basic"})
    assert producer.post("/catalogue/nugget", form(new="yes")).status_code == 412
    assert producer.post("/catalogue/nugget", form(etag="0" * 40)).status_code == 412
    assert producer.post("/catalogue/nugget/delete", {"activity": JOINS, "etag": "0" * 40}).status_code == 412
    assert entered() == {"level": "basic"}


def test_hostile_words_are_kept_as_they_are_and_run_nowhere(producer, entered):
    words = "<script>alert(1)</script>\"'&{{7*7}} \u202e\u05e2\u05d1\u05e8 学习 🧑🏽\u200d🔧"
    producer.post("/catalogue/nugget", form(title_text=[words], owner=words, skills=words))
    assert entered()["title"] == {"en": words}
    for path in ("/catalogue", f"/catalogue/nugget?activity={JOINS}"):
        page = producer.get(path)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "49" not in re.sub(r"[0-9a-f]{24,}", "", page.text).replace("149", "")
    back = producer.get(
        "/catalogue/nugget", params={"activity": JOINS, "back": '"><script>alert(2)</script>'}
    )
    assert "<script>alert(2)" not in back.text


def test_a_nugget_of_another_store_cannot_be_seen_or_changed(sign_in, other_store, enter, entered):
    enter(joins={"title": {"en": "Ours"}})
    stranger = sign_in("producer", of=other_store)
    assert stranger.get("/catalogue/nugget", params={"activity": JOINS}).status_code == 404
    assert stranger.post("/catalogue/nugget/delete", {"activity": JOINS, "etag": "x"}).status_code == 404
    stranger.post("/catalogue/nugget", form(title_text=["Theirs"]))
    assert entered() == {"title": {"en": "Ours"}}


def test_htmx_gets_the_form_and_is_led_back_to_the_list(producer, entered):
    asked = {"HX-Request": "true"}
    saved = producer.post("/catalogue/nugget", form(back="after=x"), headers=asked)
    assert saved.status_code == 204
    assert saved.headers["HX-Redirect"] == "/catalogue?after=x&done=saved"
    assert entered() is not None
