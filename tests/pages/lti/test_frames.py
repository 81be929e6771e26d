"""Launches in a real browser: inside a page of another site, and in a window of their own."""

import pytest


@pytest.fixture
def visit(chromium, trusted):
    """Open a page of the platform."""
    context = chromium.new_context(locale="en-GB")

    def show(path):
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.goto(trusted.issuer + path)
        return page

    yield show
    context.close()


def test_a_page_inside_a_course_is_signed_in_and_its_forms_work(visit, client):
    page = visit("/course")
    frame = page.frame_locator("iframe")
    frame.get_by_role("heading", name="Next for you").wait_for()
    frame.get_by_role("link", name="Choose a goal").click()
    frame.get_by_role("heading", name="Goals").first.wait_for()
    frame.locator("details.menu summary").click()
    assert frame.get_by_role("button", name="Sign out").count() == 0
    frame.get_by_label("Language").select_option("de")
    frame.get_by_role("button", name="Change").click()
    frame.locator("html[lang=de]").wait_for()
    assert page.complaints == []


def test_a_page_around_it_of_another_site_shows_nothing(chromium, trusted, server_url):
    context = chromium.new_context()
    page = context.new_page()
    page.goto(trusted.issuer.replace("localhost", "127.0.0.1") + "/course")
    page.wait_for_load_state("networkidle")
    assert page.frame_locator("iframe").get_by_role("heading", name="Next for you").count() == 0
    context.close()


def test_a_link_of_a_course_opens_a_window_of_its_own(visit):
    page = visit("/top")
    page.get_by_role("link", name="open").click()
    page.get_by_role("heading", name="Next for you").wait_for()
    assert page.url.endswith("/home")
    assert page.complaints == []


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_teacher_chooses_a_link_inside_the_platform(chromium, trusted, client, faults_of, has_scripts):
    nugget = {"title": {"en": "About <b>wind"}, "modality": "formal"}
    asked = {"activity": "https://example.org/nuggets/wind"}
    assert client.put("/recommendations/catalogue/nuggets", params=asked, json=nugget).status_code == 204
    trusted.changes = trusted.linking()
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
    if not has_scripts:
        page.route("**/lti-sending*.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.goto(trusted.issuer + "/course")
    frame = page.frame_locator("iframe")
    frame.get_by_role("searchbox").fill("wind")
    frame.get_by_role("searchbox").press("Enter")
    frame.get_by_role("checkbox", name="About <b>wind").check()
    assert faults_of(page) == []
    frame.get_by_role("button", name="Add to the course").click()
    if not has_scripts:
        frame.get_by_role("button", name="Send to localhost").click()
    frame.get_by_text("links were added").wait_for()
    assert len(trusted.answers) == 1
    assert page.complaints == []
    context.close()


def test_without_a_cookie_in_the_frame_a_button_opens_a_window_signed_in(visit, faults_of):
    page = visit("/without-cookie")
    button = page.frame_locator("iframe").get_by_role("button", name="Open as Ada Lovelace")
    button.wait_for()
    assert faults_of(page) == []
    with page.context.expect_page() as opened:
        button.click()
    opened.value.get_by_role("heading", name="Next for you").wait_for()
    assert opened.value.url.endswith("/home")
    assert page.complaints == []
