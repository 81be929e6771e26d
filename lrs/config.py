"""The settings of the Learning Record Store, read once from the environment and checked at start."""

from __future__ import annotations

import dataclasses
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lrs.errors import ConfigurationError
from schemas.versions import VERSIONS

MEBIBYTE = 1024 * 1024
CACHE_MIB_PER_WORKER = 256
PREFIX_PATTERN = r"(?:/[A-Za-z0-9._~-]+)*"
_KINDS = {int: "whole number", float: "number"}


def setting(
    default: Any,
    variable: str,
    help_text: str,
    minimum: float | None = None,
    maximum: float | None = None,
    pattern: str = ".*",
) -> Any:
    """Declare one setting: its default, the variable that overrides it, what it is for, which values fit."""
    bounds = {"minimum": minimum, "maximum": maximum, "pattern": pattern}
    return field(
        default=default, metadata={"variable": variable, "help": help_text, "kind": type(default), **bounds}
    )


def optional_number(variable: str, help_text: str, minimum: float, maximum: float) -> Any:
    """Declare a setting that is a number or, by default, None."""
    declared = {"variable": variable, "help": help_text, "kind": float, "pattern": ".*"}
    return field(default=None, metadata={**declared, "minimum": minimum, "maximum": maximum})


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything the service can be told from outside; `docs/settings.md` is made from these fields."""

    mongodb_uri: str = setting(
        "", "MONGODB_URI", "MongoDB to use (a replica set); empty starts the embedded server"
    )
    mongodb_uri_file: str = setting(
        "",
        "MONGODB_URI_FILE",
        "File that holds MONGODB_URI, such as a secret of Docker; read if MONGODB_URI is empty",
    )
    data_folder: Path = setting(
        Path(".learnerprise"), "LEARNERPRISE_DATA", "Folder of the embedded server and of logs"
    )
    pseudonym_keys: Path = setting(
        Path(".learnerprise-keys"),
        "LEARNERPRISE_PSEUDONYM_KEYS",
        "Folder of the keys of pseudonymous stores: keep it apart from the data and its backups, and back it up itself",
    )
    embedded_cache: str = setting(
        "512M",
        "LEARNERPRISE_EMBEDDED_CACHE",
        "Cache of the embedded server, such as 512M or 2G; at least 256M for each of the workers",
        pattern="[1-9][0-9]*[MG]",
    )
    host: str = setting("127.0.0.1", "LEARNERPRISE_HOST", "Address the web server listens on")
    port: int = setting(
        8000, "LEARNERPRISE_PORT", "Port the web server listens on (0: any free one)", 0, 65535
    )
    prefix: str = setting(
        "",
        "LEARNERPRISE_PREFIX",
        "Path below which a reverse proxy serves all this, such as /lrs: `more` links begin with it",
        pattern=PREFIX_PATTERN,
    )
    trusted_proxies: int = setting(
        0,
        "LEARNERPRISE_TRUSTED_PROXIES",
        "Reverse proxies in front, one behind the other, whose X-Forwarded-For, -Proto, -Host, -Port and -Prefix are "
        "believed (0: none are)",
        0,
        10,
    )
    workers: int = setting(2, "LEARNERPRISE_WORKERS", "Web server processes", 1)
    threads: int = setting(
        8,
        "LEARNERPRISE_THREADS",
        "Requests of one store that each web server process handles at once; a quarter more threads are for others",
        1,
    )
    max_waiting: int = setting(
        1000,
        "LEARNERPRISE_MAX_WAITING",
        "Most requests of one store that wait in each process until it is their turn; more are answered 503",
        0,
        2000,
    )
    max_wait_s: int = setting(
        30, "LEARNERPRISE_MAX_WAIT_S", "Longest that a request waits for its turn; then it is answered 503", 0
    )
    database_timeout_s: int = setting(
        20,
        "LEARNERPRISE_DATABASE_TIMEOUT_S",
        "Longest that a request waits for an answer of MongoDB; then it is answered 503",
        1,
    )
    max_body_bytes: int = setting(
        128 * MEBIBYTE, "LEARNERPRISE_MAX_BODY_BYTES", "Largest request body; more is answered 413", 1024
    )
    max_statement_bytes: int = setting(
        4 * MEBIBYTE,
        "LEARNERPRISE_MAX_STATEMENT_BYTES",
        "Largest single Statement (below MongoDB's 16 MB)",
        512,
    )
    max_document_bytes: int = setting(
        8 * MEBIBYTE,
        "LEARNERPRISE_MAX_DOCUMENT_BYTES",
        "Largest State or Profile document (below MongoDB's 16 MB)",
        1,
        15 * MEBIBYTE,
    )
    max_attachment_bytes: int = setting(
        256 * MEBIBYTE, "LEARNERPRISE_MAX_ATTACHMENT_BYTES", "Largest single attachment of a Statement", 1
    )
    max_work_bytes: int = setting(
        256 * MEBIBYTE,
        "LEARNERPRISE_MAX_WORK_BYTES",
        "Most bytes of request bodies that each web server process works on at the same time, which take several "
        "times as much memory; more are answered 503 (one body by itself is always worked on)",
        1,
    )
    max_batch: int = setting(
        2_000, "LEARNERPRISE_MAX_BATCH", "Most Statements in one POST; more is answered 413", 1
    )
    max_requests_per_s: int = setting(
        10_000,
        "LEARNERPRISE_MAX_REQUESTS_PER_S",
        "Most requests a second of one credential, to all processes together, of which costly ones count as several "
        "(0: no limit); more is answered 429",
        0,
    )
    max_learner_requests_per_s: int = setting(
        200,
        "LEARNERPRISE_MAX_LEARNER_REQUESTS_PER_S",
        "Most requests a second with one learner's token, counted like those of credentials (0: no limit); more is "
        "answered 429",
        0,
    )
    request_costs: str = setting(
        "small=1,write=2,list=5,search=50",
        "LEARNERPRISE_REQUEST_COSTS",
        "As how many requests each kind counts: small (documents, single Statements), write (Statements), list (lists "
        "of Statements, recommendations), search (related filters, catalogue, outcomes)",
        pattern="(?:(?:small|write|list|search)=[0-9]{1,6}(?:,|$))*",
    )
    max_failed_sign_ins: int = setting(
        100,
        "LEARNERPRISE_MAX_FAILED_SIGN_INS",
        "Most failed sign-ins a minute from one address, to all processes together (0: no limit); more is answered "
        "429, while the right secret is let in",
        0,
    )
    client_token_s: int = setting(
        3600,
        "LEARNERPRISE_CLIENT_TOKEN_S",
        "Seconds that a token of POST /oauth2/token is valid",
        60,
        86_400,
    )
    audit_days: int = setting(
        400,
        "LEARNERPRISE_AUDIT_DAYS",
        "Days that the lines of the audit trail are kept: who asked for data of which person",
        1,
        36_500,
    )
    min_free_mb: int = setting(
        256,
        "LEARNERPRISE_MIN_FREE_MB",
        "Space (MiB) that must stay free on the disk of the database, at most a quarter of it; below it writes are "
        "answered 507 and reads go on",
        0,
    )
    max_page: int = setting(
        500, "LEARNERPRISE_MAX_PAGE", "Most Statements in one StatementResult, and what limit=0 means", 1
    )
    default_version: str = setting(
        "1.0.3",
        "LEARNERPRISE_DEFAULT_VERSION",
        f"xAPI version named to requests that name none: {' or '.join(VERSIONS)}",
        pattern="|".join(map(re.escape, VERSIONS)),
    )
    authority_home_page: str = setting(
        "",
        "LEARNERPRISE_AUTHORITY_HOME_PAGE",
        "homePage (an IRL) of the account that stands as authority of stored Statements, for good; empty: "
        "http://localhost with port and prefix, as long as LEARNERPRISE_HOST is a loopback address",
        pattern=r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+",
    )
    secret_key: str = setting(
        "",
        "LEARNERPRISE_SECRET_KEY",
        "Key that signs the tokens of learners and of `more` links; empty: made once and kept in MongoDB",
    )
    smtp_url: str = setting(
        "",
        "LEARNERPRISE_SMTP_URL",
        "SMTP server that mails are sent by, such as smtps://user:password@mail.example.org:465, or smtp:// with "
        "STARTTLS where the server has it; empty: no mails are sent",
        pattern=r"smtps?://[^\s/]+",
    )
    mail_from: str = setting(
        "learnerprise@localhost",
        "LEARNERPRISE_MAIL_FROM",
        "Address that mails come from",
        pattern=r"[^\s@]+@[^\s@]+",
    )
    cors_origins: str = setting(
        "*",
        "LEARNERPRISE_CORS_ORIGINS",
        "Origins whose pages may call the services (comma-separated; * any, none: no others)",
    )
    cors_headers: str = setting(
        "none",
        "LEARNERPRISE_CORS_HEADERS",
        "Request headers that such pages may send beside those of the xAPI (comma-separated; * any, none: no others)",
    )
    cors_credentials: str = setting(
        "no",
        "LEARNERPRISE_CORS_CREDENTIALS",
        "yes: such pages may let the browser send cookies and passwords it knows; then LEARNERPRISE_CORS_ORIGINS must "
        "name the origins",
        pattern="yes|no",
    )
    log_level: str = setting(
        "INFO", "LEARNERPRISE_LOG_LEVEL", "DEBUG, INFO, WARNING or ERROR", pattern="DEBUG|INFO|WARNING|ERROR"
    )

    @property
    def authority(self) -> str:
        """The homePage of authorities: the one that is set, else the address of the service on this machine."""
        port = f":{self.port}" if self.port else ""
        return self.authority_home_page or f"http://localhost{port}{self.prefix}"

    @property
    def endpoint(self) -> str:
        """The address of the xAPI resources, as tools are told it."""
        return f"{self.authority.rstrip('/')}/xapi"

    @property
    def has_local_authority(self) -> bool:
        """Return whether authorities are named by a loopback address, which has no meaning on other machines."""
        return is_loopback(_host_of(self.authority))

    @property
    def max_multipart_bytes(self) -> int:
        """The largest body with attachments: Statements, and attachments that are the largest together."""
        return self.max_body_bytes + self.max_attachment_bytes


def read_settings(environ: Mapping[str, str]) -> Settings:
    """Read the settings; a value that does not fit raises ConfigurationError naming its variable."""
    settings: Settings = read_fields(Settings, environ)
    if settings.mongodb_uri_file and not settings.mongodb_uri:
        settings = dataclasses.replace(settings, mongodb_uri=_read_uri(settings.mongodb_uri_file))
    if not settings.mongodb_uri:
        _require_cache(settings)
    if not settings.authority_home_page and not is_loopback(settings.host):
        raise ConfigurationError(
            f"LEARNERPRISE_HOST={settings.host} opens the service to other machines: set "
            "LEARNERPRISE_AUTHORITY_HOME_PAGE to the address that they reach it at, such as https://lrs.example.org. "
            "It is written into every Statement, for good."
        )
    return settings


def _read_uri(path: str) -> str:
    try:
        uri = Path(path).read_text().strip()
    except OSError as error:
        raise ConfigurationError(f"MONGODB_URI_FILE={path} cannot be read: {error.strerror}.") from error
    if not uri:
        raise ConfigurationError(f"MONGODB_URI_FILE={path} is empty; write the URI of a MongoDB into it.")
    return uri


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # brackets without an address
        return ""


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine alone."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:  # the name of a machine
        return False


def _require_cache(settings: Settings) -> None:
    """Refuse a cache that is too small for the open transactions of all processes."""
    cache, unit = int(settings.embedded_cache[:-1]), settings.embedded_cache[-1]
    least = CACHE_MIB_PER_WORKER * settings.workers
    if cache * (1024 if unit == "G" else 1) < least:
        raise ConfigurationError(
            f"LEARNERPRISE_EMBEDDED_CACHE={settings.embedded_cache} is too little for "
            f"LEARNERPRISE_WORKERS={settings.workers}; set {least}M or more, or fewer workers."
        )


def read_fields(kind: Any, environ: Mapping[str, str]) -> Any:
    """Build a settings class from the variables that its fields name."""
    values: dict[str, Any] = {}
    for item in dataclasses.fields(kind):
        text = environ.get(item.metadata["variable"], "").strip()
        if text:
            values[item.name] = _convert(text, item)
    return kind(**values)


def _convert(text: str, item: dataclasses.Field[Any]) -> Any:
    wanted: Any = item.metadata["kind"]
    variable, purpose = item.metadata["variable"], item.metadata["help"]
    try:
        value = wanted(text)
    except ValueError as error:
        kind = _KINDS.get(wanted, "path")
        raise ConfigurationError(f"{variable}={text!r} is not a {kind}; it is for: {purpose}.") from error
    if not re.fullmatch(item.metadata["pattern"], text, re.DOTALL):
        raise ConfigurationError(f"{variable}={text!r} does not fit; it is for: {purpose}.")
    minimum, maximum = item.metadata["minimum"], item.metadata["maximum"]
    if minimum is not None and not value >= minimum:
        raise ConfigurationError(f"{variable}={text} is below {minimum}; set {minimum} or more.")
    if maximum is not None and not value <= maximum:
        raise ConfigurationError(f"{variable}={text} is above {maximum}; set {maximum} or less.")
    return value
