"""Words and numbers as the pages write them."""

from __future__ import annotations

import pytest

from watchword.behaviour.bots import bot_codes
from watchword.behaviour.trust import CODES
from watchword.bootstrap import all_signals
from watchword.errors import InvalidInput
from watchword.lookalikes import CODE
from watchword.policy.session_evidence import BOTS, ML
from watchword.policy.sessions import DEMANDED, FAILED, VERIFIED
from watchword.policy.surroundings import DEVICE, PLACE
from watchword.sessions.steps import CARRIED
from watchword.state.session_risk import RULES
from watchword.web.console import filtering, words
from watchword.web.console.titles import BEHAVIOUR, FACTORS, TITLES

AT = 1_795_134_582_000  # 20 Nov 2026, 00:29:42 UTC


def test_every_code_has_a_name_and_no_name_is_left_over():
    codes = {code for signal in all_signals() for code in signal.bands}
    assert codes == set(TITLES)


def test_everything_that_a_session_can_show_has_a_name():
    assert set(BEHAVIOUR) == {*bot_codes(), *CODES, CODE, PLACE, DEVICE}
    assert set(FACTORS) == {*RULES, FAILED, VERIFIED, DEMANDED, CARRIED, ML, "decay"}
    assert words.title(f"{BOTS}:FAST_TYPING") == "Typing faster than people"
    assert words.title("large_transaction") == "Large transaction"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (42, "42 s"),
        (99, "99 s"),
        (2280, "38 min"),
        (7199, "120 min"),
        (93600, "26 h"),
        (345600, "4 d"),
        (None, "never"),
    ],
)
def test_lengths_of_time(seconds: float | None, said: str):
    assert words.span(seconds).replace(" ", " ") == said


def test_times_in_prose():
    hour = 3_600_000
    assert words.near(AT, AT + hour) == "00:29"
    assert words.near(AT, AT + 24 * hour) == "yesterday, 00:29"
    assert words.near(AT, AT + 72 * hour) == "20 Nov, 00:29"
    assert words.near(AT, AT + 400 * 24 * hour) == "20 Nov 2026"
    assert words.day_head(AT, AT) == "Today, 20 November"
    assert words.iso(AT) == "2026-11-20T00:29:42Z"


def test_numbers_have_a_real_minus_sign():
    assert (words.number(-1234.5, 1), words.signed(-0.1), words.signed(29.78)) == ("−1,234.5", "−0.1", "+29.8")
    assert (words.percent(0.0063), words.count(1, "rule"), words.count(1204, "rule")) == (
        "0.63",
        "1 rule",
        "1,204 rules",
    )


def test_codes_are_said_in_words():
    assert words.title("CREDENTIAL_STUFFING_IP") == "Credential stuffing, address"
    assert words.in_prose("TOR") == "Tor exit"
    assert words.in_prose("NEW_DEVICE") == "new device"
    assert words.title("SOMETHING_OF_MINE_API") == "Something of mine API"
    assert words.evidence(("NEW_DEVICE", "TOR"), "A sentence") == "New device, Tor exit"
    assert words.evidence((), None) == "Nothing found"


@pytest.mark.parametrize(
    ("given", "low", "high"),
    [("60..", 60, None), ("..30", None, 30), ("30..60", 30, 60), ("60", 60, 60), ("", None, None)],
)
def test_score_ranges_in_addresses(given: str, low: float | None, high: float | None):
    found = filtering.read({"score": given}, AT)
    assert (found.score_from, found.score_to) == (low, high)


@pytest.mark.parametrize(
    "query", [{"score": "high"}, {"action": "stop"}, {"type": "dance"}, {"asn": "ASX"}, {"level": "low"}]
)
def test_filters_that_can_not_be_read_are_refused(query: dict[str, str]):
    with pytest.raises(InvalidInput):
        filtering.read(query, AT)
