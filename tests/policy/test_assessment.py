"""What stands for a device: a fingerprint where one was sent, else the look of the user's browser."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.bench_of_evidence import login

from watchword.enrichment.facts import Agent, Facts
from watchword.events.pseudonym import Pseudonyms
from watchword.policy.assessment import Received, identify, prepare

OF = Pseudonyms(b"k" * 32)
SAFARI = Facts(agent=Agent(browser="Safari", browser_version="19.1", os="Mac OS X", device="desktop"))
NEWER = Facts(agent=Agent(browser="Safari", browser_version="20.0", os="Mac OS X", device="desktop"))
FIREFOX = Facts(agent=Agent(browser="Firefox", browser_version="140", os="Mac OS X", device="desktop"))


def device(facts: Facts, **fields: object) -> bytes | None:
    return identify(login(**{"user_agent": "Mozilla/5.0", **fields}), facts, OF).device


def test_a_browser_update_is_no_other_device() -> None:
    assert device(SAFARI) == device(NEWER)
    assert device(SAFARI) != device(FIREFOX)


def test_a_look_is_the_users_own() -> None:
    assert device(SAFARI, user_id="ana") != device(SAFARI, user_id="ben")


def test_a_fingerprint_joins_users_and_says_more_than_the_look() -> None:
    ana, ben = (
        device(facts, user_id=user, device_fingerprint="f1") for facts, user in ((SAFARI, "ana"), (FIREFOX, "ben"))
    )
    assert ana == ben
    assert ana != device(SAFARI, user_id="ana")


def test_without_either_there_is_no_device() -> None:
    assert device(Facts(), user_agent=None) is None
    assert device(Facts(), user_id=None, user_agent="Mozilla/5.0") is None


def test_the_same_content_has_the_same_fingerprint_and_other_content_another() -> None:
    at = Received(int(datetime(2026, 11, 20, tzinfo=UTC).timestamp() * 1000))
    one, same, other = (
        prepare(login(id="one", result=result), SAFARI, OF, at) for result in ("success", "success", "failure")
    )
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert one.event_key == other.event_key
