"""Every page of administration: open to its scope alone, and never to another store."""

import pytest

from pages.admin.sections import SECTIONS

PATHS = [section.path for section in SECTIONS]
FILES = (
    "statements",
    "refused",
    "credentials",
    "models",
    "jobs",
    "privacy",
    "privacy/audit",
    "people",
    "views",
)


@pytest.mark.parametrize("path", PATHS)
def test_a_page_is_open_to_its_scope_and_to_nobody_else(sign_in, path):
    assert sign_in("admin").get(path).status_code == 200
    for role in ("learner", "producer", "officer"):
        assert sign_in(role).get(path).status_code == 403


@pytest.mark.parametrize("name", FILES)
def test_every_table_is_there_as_csv_and_as_json(admin, sign_in, name):
    csv, json = (admin.get(f"/admin/{name}.{kind}") for kind in ("csv", "json"))
    assert csv.headers["Content-Type"].startswith("text/csv")
    assert [one["key"] for one in json.json()["columns"]] == csv.text.splitlines()[0].split(",")
    assert sign_in("producer").get(f"/admin/{name}.csv").status_code == 403


def test_views_of_pages_are_counted_by_route_in_steps_of_five(admin, sign_in, shown):
    for _ in range(6):
        sign_in("learner").get("/my-data")
    sign_in("learner").get("/record")
    html = shown(admin, "/admin", "<td>/my-data</td>")
    views = html.partition("<td>/my-data</td>")[2].partition("</tr>")[0]
    assert views.count(">5<") == 3
    assert "<td>/record</td>" not in html


@pytest.mark.parametrize("language", ["en", "ca", "es", "de", "fr"])
def test_every_page_speaks_the_language_of_its_reader(admin, stored, language):
    stored()
    for path in (*PATHS, "/admin/privacy/audit"):
        answer = admin.get(path, headers={"Accept-Language": language})
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.text


def test_no_form_is_taken_without_the_token_of_the_session(admin, page_routes):
    acts = [
        path for path, method in page_routes if method == "POST" and path.startswith(("/admin", "/catalogue"))
    ]
    assert len(acts) > 15
    for path in acts:
        assert admin.post(path, {"csrf": "of another page"}).status_code == 403
