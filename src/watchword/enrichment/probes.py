"""What the collector's probes found in the browser, as hints. The client says it, so absence proves nothing.

A probe is a name and a plain value (`sdk/src/device`). Weights follow the measurement of 23 drivers and four people's
browsers (docs/explanation/devices.md). Names that are not known here mean nothing: a collector may know more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

from watchword.enrichment.facts import Hint
from watchword.events.event import Probe


class Meaning(NamedTuple):
    """What it means that a probe answers yes (a true value, or a text that is not empty)."""

    code: str
    weight: float
    message: str
    sign: Literal["automation", "inconsistency"] = "automation"


_DRIVEN = Meaning("WEBDRIVER", 1.0, "The browser says that it is driven by software (navigator.webdriver)")
_HEADLESS = Meaning("HEADLESS_AGENT", 1.0, "The browser's own User-Agent names a headless browser")
_TRACES = Meaning("DRIVER_TRACES", 1.0, "The page carries a driver's properties (cdc_, __playwright, ...)")
_TAMPERED = Meaning("TAMPERED", 0.8, "Functions of the browser were replaced", "inconsistency")
_MISMATCH = Meaning("WORKER_MISMATCH", 0.8, "A worker or frame sees another browser than the page", "inconsistency")
_BRANDS = Meaning("BRAND_LISTS", 0.6, "The browser's lists of brands contradict each other", "inconsistency")

MEANINGS: dict[str, Meaning] = {
    "webdriver": _DRIVEN,
    "frameWebdriver": _DRIVEN,
    "webdriverMissing": Meaning("WEBDRIVER_HIDDEN", 0.6, "navigator.webdriver was taken out of the browser"),
    "webdriverOwn": Meaning("WEBDRIVER_HIDDEN", 0.6, "navigator was given properties of its own"),
    "headlessAgent": _HEADLESS,
    "headlessVersion": _HEADLESS,
    "traces": _TRACES,
    "documentTraces": _TRACES,
    "devtools": Meaning("DEBUGGER", 0.5, "A debugger listens to the page: a driver's, or developer tools left open"),
    "permissionMismatch": Meaning("PERMISSIONS", 0.5, "Permissions contradict each other, as in headless browsers"),
    "noLanguages": Meaning("NO_LANGUAGES", 0.5, "A browser without any language"),
    "noOuterWindow": Meaning("NO_WINDOW", 0.4, "A browser without a window"),
    "screen800x600": Meaning("SCREEN_HEADLESS", 0.4, "A screen of 800 x 600, the default of headless browsers"),
    "windowWiderThanScreen": Meaning("WINDOW_IMPOSSIBLE", 0.25, "A window wider than its screen", "inconsistency"),
    "noWindowFrame": Meaning("WINDOW_FRAMELESS", 0.2, "A window without a frame", "inconsistency"),
    "nativeTampered": _TAMPERED,
    "proxied": _TAMPERED,
    "workerMismatch": _MISMATCH,
    "frameMismatch": _MISMATCH,
    "brandsMismatch": _BRANDS,
    "brandsEmpty": _BRANDS,
    "fullVersionListEmpty": _BRANDS,
    "languageMismatch": Meaning("LANGUAGES_ODD", 0.25, "The first language is not the browser's", "inconsistency"),
    "noChromeObject": Meaning("NOT_CHROME", 0.25, "Chrome by its name, without what Chrome brings", "inconsistency"),
}
"""By the collector's names. Not judged: what every virtual machine and remote desktop shows as well."""

_BOTD = Meaning("BOTD", 0.8, "BotD, a detector of automated browsers, names a bot")
_THROWN = frozenset({"nativeTampered:error", "proxied:error", "webdriverThrows:error"})
"""Disguises make these probes throw; a browser does not."""


def read_probes(found: Iterable[Probe]) -> list[Hint]:
    """The hints behind what was found: each code once, with its highest weight."""
    strongest: dict[str, Meaning] = {}
    for probe in found:
        meaning = _meaning(probe)
        if meaning is not None and (meaning.code not in strongest or strongest[meaning.code].weight < meaning.weight):
            strongest[meaning.code] = meaning
    return [Hint(*meaning) for meaning in strongest.values()]


def _meaning(probe: Probe) -> Meaning | None:
    name, value = probe.name, probe.value
    if name.startswith("botd:"):
        return _BOTD if value else None
    if name in _THROWN or (name == "webdriverThrows" and value is False):
        return _TAMPERED
    return MEANINGS.get(name) if value else None
