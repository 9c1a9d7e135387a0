"""What the collector's probes mean: drivers are found, people's browsers are not, rubbish means nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watchword.enrichment.agent import read_agent
from watchword.enrichment.hints import read_hints
from watchword.enrichment.probes import MEANINGS, read_probes
from watchword.events.event import DeviceFingerprint, Probe
from watchword.signals.automation import CERTAIN
from watchword.signals.suspicious_device import LEAST

SDK = Path(__file__).parents[2] / "sdk" / "src" / "device"
PERSON = {
    "webdriver": False, "webdriverMissing": False, "webdriverOwn": False, "webdriverThrows": True, "headlessAgent": False,
    "headlessVersion": False, "brands": "Chromium;130,Google Chrome;130", "devtools": False, "noWindowFrame": False,
    "windowWiderThanScreen": False, "screen800x600": False, "notificationPermission": "default", "proxied": False,
    "noLanguages": False, "languageMismatch": False, "noChromeObject": False, "evalLength": 33, "timezone": "Europe/Oslo",
    "workerMismatch": "", "frameWebdriver": False, "frameMismatch": "", "permissionMismatch": False,
    "brandsMismatch": False, "fullVersionListEmpty": False, "fullVersions": "Chromium;130.0.1", "architecture": "x86",
}  # fmt: skip
"""What the collector tells of a person's Chrome."""

DRIVEN = {
    "Playwright": {"webdriver": True, "devtools": True, "frameWebdriver": True},
    "Selenium": {"webdriver": True, "traces": "cdc_adoQpoasnfa76pfcZLmcfl_Array", "botd:detectWebDriver": "selenium"},
    "stealth plugin": {"devtools": True, "nativeTampered": "webdriver,languages", "workerMismatch": "platform",
                       "brandsMismatch": True, "permissionMismatch": True, "botd:detectEvalLengthInconsistency": True},
    "headless": {"headlessAgent": True, "headlessVersion": True, "screen800x600": True},
}  # fmt: skip


def found(told: dict[str, bool | float | str]) -> list[Probe]:
    return [Probe(name=name, value=value) for name, value in told.items()]


def weight(told: dict[str, bool | float | str], sign: str) -> float:
    doubt = 1.0
    for hint in read_probes(found(told)):
        doubt *= 1.0 - hint.weight if hint.sign == sign else 1.0
    return 1.0 - doubt


def test_a_persons_browser_shows_nothing() -> None:
    assert read_probes(found(PERSON)) == []


@pytest.mark.parametrize("driver", DRIVEN)
def test_drivers_are_automation(driver: str) -> None:
    assert weight(PERSON | DRIVEN[driver], "automation") >= CERTAIN


@pytest.mark.parametrize(
    "told",
    [
        {"devtools": True},
        {"languageMismatch": True},
        {"noWindowFrame": True},
        {"windowWiderThanScreen": True},
        {"permissionMismatch": True},
        {"workerRefused": True},
    ],
)
def test_what_people_show_too_is_not_certain(told: dict[str, bool | float | str]) -> None:
    assert weight(PERSON | told, "automation") < CERTAIN
    assert weight(PERSON | told, "inconsistency") < LEAST


def test_a_disguise_that_throws_is_a_disguise() -> None:
    assert [hint.code for hint in read_probes(found({"nativeTampered:error": "RangeError"}))] == ["TAMPERED"]
    assert [hint.code for hint in read_probes(found({"webdriverThrows": False}))] == ["TAMPERED"]
    assert read_probes(found({"devtools:error": "TypeError"})) == []


def test_each_code_counts_once_with_its_highest_weight() -> None:
    hints = read_probes(found({"webdriver": True, "frameWebdriver": True, "botd:a": True, "botd:b": "x"}))
    assert sorted(hint.code for hint in hints) == ["BOTD", "WEBDRIVER"]


@given(
    st.lists(st.tuples(st.text(min_size=1, max_size=64), st.one_of(st.text(max_size=256), st.booleans(), st.floats())))
)
def test_unknown_names_mean_nothing(told: list[tuple[str, bool | float | str]]) -> None:
    known = [one for one in told if one[0] not in MEANINGS and not one[0].startswith(("botd:", "webdriverThrows"))]
    unknown = [Probe(name=name, value=value) for name, value in known if not name.endswith(":error")]
    assert read_probes(unknown) == []


def test_a_fingerprint_says_webdriver_once() -> None:
    agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36"
    device = DeviceFingerprint(hash="h", webdriver=True, hints=tuple(found({"webdriver": True, "devtools": True})))
    hints = read_hints(agent, read_agent(agent), (), device)
    assert [hint.code for hint in hints] == ["WEBDRIVER", "DEBUGGER"]


def test_the_collector_knows_every_probe_that_is_judged() -> None:
    told = "".join(path.read_text() for path in SDK.glob("*.ts"))
    assert [name for name in MEANINGS if not re.search(rf"\b{name}\b", told)] == []
