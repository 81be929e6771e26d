"""The page of an export that people read: what is held, why, for how long, and the newest Statements in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment

_TEMPLATE = Environment(autoescape=True).from_string(
    Path(__file__).with_name("export_page.html").read_text(encoding="utf-8")
)


def render_page(
    store: str,
    made: str,
    names: Sequence[str],
    sections: Sequence[Mapping[str, Any]],
    files: Sequence[str],
    statements: Sequence[Mapping[str, Any]],
) -> bytes:
    """Return the page as HTML."""
    rows = [_row(one) for one in statements]
    values = {"store": store, "made": made, "names": names, "sections": sections, "files": files}
    return _TEMPLATE.render(**values, statements=rows).encode()


def _row(statement: Mapping[str, Any]) -> dict[str, str]:
    verb, target = statement["verb"], statement["object"]
    return {
        "when": str(statement.get("timestamp") or statement.get("stored", ""))[:19].replace("T", " "),
        "who": _name(statement["actor"]),
        "did": _text(verb.get("display")) or verb["id"],
        "what": _text(target.get("definition", {}).get("name")) or target.get("id") or _name(target),
    }


def _text(texts: Any) -> str:
    """Return a text of a language map, in English if there is one."""
    if not isinstance(texts, Mapping) or not texts:
        return ""
    found = [texts[tag] for tag in texts if tag.partition("-")[0] == "en"]
    return str((found or list(texts.values()))[0])


def _name(agent: Mapping[str, Any]) -> str:
    account = agent.get("account", {})
    for name in (agent.get("name"), agent.get("mbox"), account.get("name"), agent.get("mbox_sha1sum")):
        if name:
            return str(name).removeprefix("mailto:")
    return str(agent.get("openid") or agent.get("objectType") or "somebody")
