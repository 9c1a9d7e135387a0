"""Identifiers of a person are compared, never read: from here on they are keyed hashes."""

from __future__ import annotations

import msgspec

from watchword.events.event import Event, Identifiers
from watchword.events.pseudonym import Pseudonyms


def hash_identifiers(event: Event, pseudonyms: Pseudonyms) -> Event:
    """The event with its identifiers as keyed hashes in hex. What their e-mail's domain tells is in the facts by then.

    Spaces around them and the case of letters make no difference.
    """
    given = event.identifiers
    if given is None:
        return event
    values = ((name, getattr(given, name)) for name in given.__struct_fields__)
    hashed = {name: pseudonyms.of(name, _plain(value)).hex() for name, value in values if value is not None}
    return msgspec.structs.replace(event, identifiers=Identifiers(**hashed))


def _plain(value: str) -> str:
    return " ".join(value.split()).casefold()
