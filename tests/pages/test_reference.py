"""The reference of the API: its examples work, and its viewer runs under the policy of all pages."""

import json
import shlex
from html import unescape

import requests

from pages.reference import EXAMPLES


def test_every_example_works_as_it_stands(client):
    for example in EXAMPLES:
        body = None if example.body is None else json.dumps(example.body)
        answer = client.request(example.method, example.address, data=body, headers={**example.headers})
        assert answer.status_code < 300, f"{example.key}: {answer.text}"


def test_the_page_shows_each_example_as_a_command_for_this_service(server_url):
    said = unescape(requests.get(f"{server_url}/docs", headers={"Accept": "text/html"}, timeout=60).text)
    for example in EXAMPLES:
        words = shlex.split(example.as_curl(server_url).replace("\\\n", " "))
        assert words[-1] == f"{server_url}{example.address}"
        assert example.as_curl(server_url) in said


def test_the_viewer_shows_calls_under_the_policy_of_all_pages(open_page, faults_of):
    page = open_page("/docs")
    page.locator(".opblock-tag").nth(2).click()
    page.locator(".opblock-summary-control").first.click()
    page.locator(".opblock-body").first.wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert faults_of(page) == []
