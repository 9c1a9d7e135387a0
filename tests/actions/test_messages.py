"""Messages to people: every language whole, editable, and silent about how they were found out."""

from __future__ import annotations

import re

import pytest

from watchword import signals
from watchword.actions.messages import Messages
from watchword.actions.wordings import SHIPPED
from watchword.catalog import discover
from watchword.policy.settings import Wording, Wordings
from watchword.signals.signal import Signal

TELLING = re.compile(
    r"risk|fraud|score|suspicio|attack|bot\b|VPN|Tor\b|proxy|location|unusual|betrug|risiko|verdächtig|fraude|risque|"
    r"riesgo|sospech|rischio|frode|risico|verdacht|risco|suspeit|ryzyk|oszust",
    re.IGNORECASE,
)


@pytest.mark.parametrize("language", SHIPPED)
@pytest.mark.parametrize("action", ["verify", "block"])
def test_every_language_has_every_message_whole(language: str, action: str) -> None:
    message = Messages("help@example.com").tell(action, language)
    assert message is not None
    assert message.title
    assert message.text
    assert len(message.alternatives) >= 2
    assert message.support_contact == "help@example.com"


@pytest.mark.parametrize("language", SHIPPED)
def test_no_message_reveals_how_it_was_detected(language: str) -> None:
    codes = {code for signal in discover(signals, Signal).values() for code in signal.bands}
    for wording in SHIPPED[language].values():
        text = " ".join((wording.title, wording.text, *wording.alternatives))
        assert not TELLING.search(text), text
        assert not any(code in text for code in codes)


def test_languages_differ() -> None:
    for action in ("verify", "block"):
        assert len({SHIPPED[language][action].text for language in SHIPPED}) == len(SHIPPED) >= 4


def test_nobody_is_told_anything_who_was_not_stopped() -> None:
    assert Messages().tell("allow", "en") is None
    assert Messages().tell("monitor", "de") is None


@pytest.mark.parametrize(
    ("locale", "language"),
    [("de", "de"), ("de-AT", "de"), ("DE_ch", "de"), ("fr-CA", "fr"), ("xx", "en"), ("", "en"), ("*", "en")],
)
def test_a_locale_falls_back_to_its_language_and_then_to_english(locale: str, language: str) -> None:
    message = Messages().tell("block", locale)
    assert message is not None
    assert message.title == SHIPPED[language]["block"].title


def test_texts_are_editable_one_by_one_and_for_new_languages() -> None:
    changes = {
        "en": Wordings(block=Wording(title="Stopped", alternatives=("Come to the branch",))),
        "de-CH": Wordings(verify=Wording(title="Grüezi")),
        "ja": Wordings(block=Wording(title="ログインできません")),
    }
    messages = Messages(None, changes)
    english, swiss, german = (
        messages.tell("block", "en-GB"),
        messages.tell("verify", "de-ch"),
        messages.tell("verify", "de"),
    )
    assert english is not None
    assert swiss is not None
    assert german is not None
    assert (english.title, english.text) == ("Stopped", SHIPPED["en"]["block"].text)
    assert english.alternatives == ("Come to the branch",)
    assert english.support_contact is None
    assert (swiss.title, german.title) == ("Grüezi", SHIPPED["de"]["verify"].title)
    japanese = messages.tell("block", "ja")
    assert japanese is not None
    assert japanese.title == "ログインできません"
