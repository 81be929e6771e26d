"""The first page leads everybody to their place; places that are not theirs are closed."""

import pytest
import requests

PLACES = {
    "learner": "/home",
    "community": "/community",
    "officer": "/organisation",
    "producer": "/catalogue",
    "analyst": "/explore",
    "admin": "/admin",
}
CLOSED = {"learner": "/admin", "officer": "/community", "analyst": "/organisation", "admin": "/organisation"}


@pytest.mark.parametrize("role", PLACES)
def test_the_first_page_leads_a_role_to_its_place(sign_in, role):
    answer = sign_in(role).get("/")
    assert answer.status_code == 200
    assert answer.url.endswith(PLACES[role])


@pytest.mark.parametrize("role", CLOSED)
def test_a_place_of_another_role_is_a_page_that_says_so(sign_in, role):
    answer = sign_in(role).get(CLOSED[role])
    assert answer.status_code == 403
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "This is not open to you" in answer.text


def test_without_a_sign_in_a_page_leads_to_it_and_back(server_url):
    answer = requests.get(f"{server_url}/home?x=1", headers={"Accept": "text/html"}, timeout=60)
    assert answer.url == f"{server_url}/sign-in?next=%2Fhome%3Fx%3D1"


def test_a_program_finds_no_first_page(client):
    answer = client.get("/", headers={"Accept": "application/json"})
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize("path", ["/nothing/here", "/xapi/nothing"])
def test_an_address_that_is_not_there_is_a_page_for_browsers(server_url, path):
    answer = requests.get(server_url + path, headers={"Accept": "text/html"}, timeout=60)
    assert answer.status_code == 404
    assert "There is nothing at this address" in answer.text
    assert "script-src 'self'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "form", "sentence"),
    [
        ("/home/acts", {"csrf": "of another sign-in"}, "Dieses Formular ist zu alt"),
        ("/home/acts", {"act": "done", "activity": "https://example.org/gone"}, "nicht mehr im Katalog"),
        ("/home/acts", {"act": "fly", "activity": ""}, "Das lässt sich nicht lesen"),
        ("/peers/introductions", {"person": "0" * 24, "proof": "x"}, "wird nicht mehr vorgeschlagen"),
    ],
)
def test_a_form_that_is_refused_says_what_to_do_in_the_language_of_its_reader(sign_in, path, form, sentence):
    answer = sign_in("learner").post(path, form, headers={"Accept-Language": "de"})
    assert sentence in answer.text
    assert "Was der Dienst dazu sagt" in answer.text
    assert "help_" not in answer.text


@pytest.mark.parametrize("role", ["learner", "admin"])
def test_the_frame_has_no_fault_in_a_browser(sign_in, assert_faultless, role):
    assert_faultless("/", sign_in(role))
