"""The names that people give to stores and credentials."""

from __future__ import annotations

from lrs.errors import RequestRefusedError

MOST_CHARACTERS = 100


def require_name(kind: str, name: str) -> None:
    """Raise RequestRefusedError unless a name can be read, written and told from others."""
    shown = ascii(name[:MOST_CHARACTERS])
    if not name.strip():
        raise RequestRefusedError(f"A {kind} needs a name that is not blank.")
    if len(name) > MOST_CHARACTERS:
        raise RequestRefusedError(
            f"The name of a {kind} has up to {MOST_CHARACTERS} characters; this one has {len(name)}. Shorten it."
        )
    if name != name.strip():
        raise RequestRefusedError(
            f"The name {shown} of a {kind} begins or ends with a space; leave the space out."
        )
    unseen = next((character for character in name if not character.isprintable()), None)
    if unseen is not None:
        raise RequestRefusedError(
            f"The name {shown} of a {kind} holds the character {unseen!a}, which cannot be seen; leave it out."
        )
