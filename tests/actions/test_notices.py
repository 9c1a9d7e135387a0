"""What an owner is told: when, roughly where, with what; in their language; never how it was found out."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from watchword.actions.confirmation import TEXTS, texts
from watchword.actions.letters import CODES, of_code
from watchword.actions.notices import WORDINGS, Seen, of_notice, seen, wording
from watchword.actions.wordings import SHIPPED
from watchword.enrichment.facts import Agent, Facts, Network, Place
from watchword.events.login import Login

EVENT = Login(
    id="e", occurred_at=datetime(2026, 11, 20, 23, 30, tzinfo=UTC), user_id="ada", ip="192.0.2.1", result="success"
)
FACTS = Facts(
    place=Place(48.2, 16.4, 10, "AT", "Vienna"), agent=Agent(browser="Chrome", os="Windows"), utc_offset_min=60
)


def test_time_is_told_as_it_was_there() -> None:
    known = seen(EVENT, FACTS)
    assert (known.at.strftime("%Y-%m-%d %H:%M"), known.place, known.device) == (
        "2026-11-21 00:30", "Vienna, Austria", "Chrome on Windows",
    )  # fmt: skip


@pytest.mark.parametrize("flag", ["vpn", "tor", "proxy", "hosting"])
def test_a_place_that_the_network_hides_is_not_told(flag: str) -> None:
    network = Network(**{flag: True})
    assert seen(EVENT, Facts(place=FACTS.place, network=network)).place is None


def test_every_language_has_every_text() -> None:
    assert set(WORDINGS) == set(TEXTS) == set(CODES) == set(SHIPPED)
    for locale in WORDINGS:
        letter = of_notice(Seen(EVENT.occurred_at, None, None), "block", "Bank", {}, locale)
        assert "Bank" in letter.subject and "{" not in letter.text + letter.subject
        code = of_code("123456", "Bank", 5, locale)
        assert "123456" in code.subject and "123456" in code.brief and "5" in code.text and len(code.brief) <= 160


def test_languages_fall_back() -> None:
    assert wording("de_AT") is WORDINGS["de"] and wording("tlh") is WORDINGS["en"] and texts("xx") is TEXTS["en"]


def test_nothing_in_a_letter_is_markup_of_others() -> None:
    known = Seen(EVENT.occurred_at, "<script>", "<b>")
    letter = of_notice(known, "verify", "<i>Bank", {"me": "https://x/?a&b", "not_me": "https://y"}, "en")
    assert "<script>" not in letter.html and "<i>Bank" not in letter.html and "a&amp;b" in letter.html
