"""An e-mail address, a telephone, an address and a card are hashed before anything is judged or kept."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import msgspec

from watchword.bootstrap import open_engine
from watchword.events.codec import decode_event, encode_event
from watchword.events.event import Event, Identifiers
from watchword.events.identifiers import hash_identifiers
from watchword.events.pseudonym import Pseudonyms

OF = Pseudonyms(b"k" * 32)


def login(**identifiers: str) -> Event:
    given = {
        "type": "login", "id": "1", "occurredAt": datetime.now(UTC).isoformat(), "userId": "ada", "ip": "203.0.113.5",
        "result": "success", "identifiers": identifiers,
    }  # fmt: skip
    return decode_event(json.dumps(given).encode())


def test_what_is_hashed_is_hashed_alike_and_stays_an_event() -> None:
    one = hash_identifiers(login(email="Ada@Example.org ", phone="+47 1"), OF)
    other = hash_identifiers(login(email="ada@example.org", card="+47 1"), OF)
    assert isinstance(one.identifiers, Identifiers)
    assert isinstance(other.identifiers, Identifiers)
    assert one.identifiers.email == other.identifiers.email
    assert one.identifiers.phone != other.identifiers.card
    assert one.identifiers.card is None
    assert b"xample" not in encode_event(one)
    assert decode_event(encode_event(one)) == one


async def test_nothing_that_is_kept_holds_them_but_the_domain() -> None:
    async with open_engine(None) as engine:
        decision = await engine.assess(login(email="ada@example.org", phone="+47 12 34 56 78"))
        kept = msgspec.json.encode(await engine.deployment.people.export("ada")).decode()
    assert decision.facts.email_domain == "example.org"
    assert "ada@" not in kept
    assert "12 34" not in kept
