import dataclasses
from pathlib import Path

import pytest

from lrs.config import Settings, read_settings
from lrs.errors import ConfigurationError


def test_without_variables_the_defaults_hold():
    assert read_settings({}) == Settings()
    assert read_settings({"LEARNERPRISE_PORT": "  "}) == Settings()


def test_variables_override_and_are_converted():
    settings = read_settings(
        {"LEARNERPRISE_PORT": "0", "LEARNERPRISE_DATA": "/x", "MONGODB_URI": "mongodb://y"}
    )
    assert (settings.port, settings.data_folder, settings.mongodb_uri) == (0, Path("/x"), "mongodb://y")


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("LEARNERPRISE_PORT", "http"),
        ("LEARNERPRISE_PORT", "-1"),
        ("LEARNERPRISE_WORKERS", "0"),
        ("LEARNERPRISE_THREADS", "2.5"),
        ("LEARNERPRISE_MAX_PAGE", "0"),
        ("LEARNERPRISE_MAX_BODY_BYTES", "1"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_the_name_of_its_variable(variable, value):
    with pytest.raises(ConfigurationError, match=variable):
        read_settings({variable: value})


def test_every_setting_has_a_variable_and_says_what_it_is_for():
    for item in dataclasses.fields(Settings):
        assert item.metadata["variable"]
        assert item.metadata["help"]


@pytest.mark.parametrize(("cache", "workers"), [("64M", "1"), ("512M", "3"), ("1G", "5")])
def test_a_cache_too_small_for_the_workers_is_refused_with_the_size_that_fits(cache, workers):
    environ = {"LEARNERPRISE_EMBEDDED_CACHE": cache, "LEARNERPRISE_WORKERS": workers}
    with pytest.raises(
        ConfigurationError, match=f"LEARNERPRISE_EMBEDDED_CACHE={cache} .* set {256 * int(workers)}M"
    ):
        read_settings(environ)
    assert read_settings({**environ, "MONGODB_URI": "mongodb://elsewhere"}).workers == int(workers)


@pytest.mark.parametrize(("cache", "workers"), [("256M", "1"), ("512M", "2"), ("1G", "4")])
def test_a_cache_that_fits_the_workers_is_taken(cache, workers):
    environ = {"LEARNERPRISE_EMBEDDED_CACHE": cache, "LEARNERPRISE_WORKERS": workers}
    assert read_settings(environ).embedded_cache == cache


def test_the_address_of_the_database_may_be_a_secret_in_a_file(tmp_path):
    secret = tmp_path / "uri"
    secret.write_text("mongodb://user:password@db/learnerprise\n")
    assert (
        read_settings({"MONGODB_URI_FILE": str(secret)}).mongodb_uri
        == "mongodb://user:password@db/learnerprise"
    )
    assert (
        read_settings({"MONGODB_URI_FILE": str(secret), "MONGODB_URI": "mongodb://x"}).mongodb_uri
        == "mongodb://x"
    )


@pytest.mark.parametrize(("content", "problem"), [("", "is empty"), (None, "cannot be read")])
def test_a_file_without_the_address_is_one_clear_sentence(tmp_path, content, problem):
    secret = tmp_path / "uri"
    if content is not None:
        secret.write_text(content)
    with pytest.raises(ConfigurationError, match=f"MONGODB_URI_FILE=.* {problem}"):
        read_settings({"MONGODB_URI_FILE": str(secret)})


@pytest.mark.parametrize(
    ("environ", "authority"),
    [
        ({}, "http://localhost:8000"),
        ({"LEARNERPRISE_PORT": "8123"}, "http://localhost:8123"),
        ({"LEARNERPRISE_PORT": "80", "LEARNERPRISE_PREFIX": "/lrs"}, "http://localhost:80/lrs"),
        ({"LEARNERPRISE_HOST": "::1"}, "http://localhost:8000"),
        ({"LEARNERPRISE_HOST": "localhost"}, "http://localhost:8000"),
        ({"LEARNERPRISE_AUTHORITY_HOME_PAGE": "http://127.0.0.9/x"}, "http://127.0.0.9/x"),
    ],
)
def test_the_authority_is_the_address_that_the_service_is_reached_at(environ, authority):
    settings = read_settings(environ)
    assert settings.authority == authority
    assert settings.has_local_authority


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "lrs.example.org"])
def test_a_service_that_is_open_to_others_must_name_its_authority(host):
    environ = {"LEARNERPRISE_HOST": host}
    with pytest.raises(ConfigurationError, match="set LEARNERPRISE_AUTHORITY_HOME_PAGE to the address"):
        read_settings(environ)
    settings = read_settings({**environ, "LEARNERPRISE_AUTHORITY_HOME_PAGE": "https://lrs.example.org"})
    assert settings.authority == "https://lrs.example.org"
    assert not settings.has_local_authority


def test_an_authority_that_is_no_address_of_a_machine_is_not_local():
    assert not Settings(authority_home_page="urn:lrs:acme").has_local_authority
    assert not Settings(authority_home_page="http://[x").has_local_authority
