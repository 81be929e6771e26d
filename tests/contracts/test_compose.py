"""docker-compose.yml: what can be checked without a container engine."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from lrs.config import Settings, read_settings
from scripts import retrain

ROOT = Path(__file__).parents[2]
DEFAULT = re.compile(r"\$\{[A-Z_]+:-([^${}]*)\}")


def _with_defaults(text: str) -> str:
    """Put in the defaults of variables, also where one stands in that of another."""
    while (plain := DEFAULT.sub(r"\1", text)) != text:
        text = plain
    return text


@pytest.fixture
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    return found


def test_there_are_a_database_the_service_and_a_trainer(services: dict[str, Any]) -> None:
    assert set(services) == {"proxy", "mongodb", "learnerprise", "trainer"}


def test_every_service_is_hardened(services: dict[str, Any]) -> None:
    for name, service in services.items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"[0-9]+[mg]", service["mem_limit"]), name
        assert "privileged" not in service, name


def test_images_are_named_by_digest(services: dict[str, Any]) -> None:
    named = [service["image"] for service in services.values() if service["image"] != "learnerprise"]
    named += re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [name for name in named if not re.search(r"@sha256:[0-9a-f]{64}$", name)] == []


def test_only_the_proxy_is_published_and_only_on_loopback(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    [port] = services["proxy"]["ports"]
    assert _with_defaults(port) == "127.0.0.1:8443:8443"
    assert [name for name, service in services.items() if service["networks"] != ["inner"]] == ["proxy"]
    assert services["learnerprise"]["environment"]["LEARNERPRISE_TRUSTED_PROXIES"] == "1"


def test_the_proxy_leads_to_the_service_and_passes_no_claim_of_a_client_on() -> None:
    text = (ROOT / "deploy" / "Caddyfile").read_text()
    assert "reverse_proxy learnerprise:8000" in text
    assert {"header_up -X-Forwarded-Port", "header_up -X-Forwarded-Prefix"} <= set(
        map(str.strip, text.splitlines())
    )


def test_no_service_runs_as_root_where_its_image_lets_it(services: dict[str, Any]) -> None:
    assert services["mongodb"]["user"] == "999:999"
    assert "\nUSER 10001\n" in (ROOT / "Dockerfile").read_text()


def test_every_service_has_a_health_check(services: dict[str, Any]) -> None:
    assert [name for name, service in services.items() if "test" not in service["healthcheck"]] == []


def test_the_database_is_a_replica_set(services: dict[str, Any]) -> None:
    assert "--replSet" in services["mongodb"]["command"][-1]


def test_the_database_has_a_password_that_make_secrets_makes(
    services: dict[str, Any], tmp_path: Path
) -> None:
    assert "--keyFile" in services["mongodb"]["command"][-1]
    assert services["learnerprise"]["environment"]["MONGODB_URI_FILE"] == "/run/secrets/mongodb_uri"
    shutil.copy(ROOT / "Makefile", tmp_path)
    subprocess.run(["make", "-s", "secrets"], cwd=tmp_path, check=True)
    folder = tmp_path / "secrets"
    assert folder.stat().st_mode & 0o777 == 0o700
    declared = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["secrets"]
    assert {f"secrets/{path.name}" for path in folder.iterdir()} == {one["file"] for one in declared.values()}
    uri, password = ((folder / f"mongodb_{name}").read_text().strip() for name in ("uri", "password"))
    assert (
        uri == f"mongodb://learnerprise:{password}@mongodb:27017/learnerprise?replicaSet=rs0&authSource=admin"
    )


def test_its_settings_are_settings(services: dict[str, Any], tmp_path: Path) -> None:
    known = {field.metadata["variable"] for field in Settings.__dataclass_fields__.values()}
    environment = services["learnerprise"]["environment"]
    assert set(environment) <= known
    secret = tmp_path / "mongodb_uri"
    secret.write_text("mongodb://mongodb/learnerprise")
    values = {**environment, "MONGODB_URI_FILE": str(secret)}
    settings = read_settings({name: _with_defaults(value) for name, value in values.items()})
    assert (settings.port, settings.authority) == (8000, "https://localhost:8443")


def test_the_commands_of_the_trainer_exist(services: dict[str, Any]) -> None:
    command = [_with_defaults(word) for word in services["trainer"]["command"]]
    assert command[:2] == ["learnerprise", "retrain"]
    assert retrain.main.make_context("retrain", command[2:]).params["every"] == 24 * 3600
    check = services["trainer"]["healthcheck"]["test"]
    assert check[:3] == ["CMD", "learnerprise", "retrain"]
    assert retrain.main.make_context("retrain", check[3:]).params["check_alive"] is True


def test_the_image_installs_the_command_and_serves_with_it() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "pip install --no-cache-dir --no-deps --no-build-isolation ." in text
    assert 'CMD ["learnerprise", "serve"]' in text


def test_everything_the_image_copies_is_there() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    copied = [word for words in copies for word in words]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert {"schemas", "lrs", "recommender", "pages", "scripts"} <= set(copied)
