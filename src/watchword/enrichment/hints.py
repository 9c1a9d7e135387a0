"""Signs of automation and spoofing in request headers and fingerprint, judged on the server without any script.

Measured on 23 drivers and 4 human controls (research notes in docs/explanation): none of these fires on a person's
ordinary browser. Absent headers say nothing: they are judged only where at least Host and User-Agent were sent.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import NamedTuple

from watchword.enrichment.agent import REMEMBERED
from watchword.enrichment.facts import Agent, Hint, Network, Place
from watchword.enrichment.probes import read_probes
from watchword.events.event import DeviceFingerprint

Headers = tuple[tuple[str, str], ...]
_CHROME = re.compile(r"Chrom(?:e|ium)/(\d+)")
_FIREFOX = re.compile(r"Firefox/(\d+)")
_BRAND = re.compile(r'"([^"]*)"\s*;\s*v="(\d+)')
_OLD_GREASE = '" Not A;Brand"'


class Browser(NamedTuple):
    """What a User-Agent claims to be: `engine` chromium, firefox or other, with its major version."""

    engine: str
    version: int


class Client(NamedTuple):
    """What is judged: the headers by lower-case name, their order, whether the origin is secure, and the claim."""

    headers: dict[str, str]
    order: list[str]
    secure: bool
    browser: Browser
    agent: Agent


def read_hints(
    user_agent: str | None, agent: Agent, headers: Headers, fingerprint: DeviceFingerprint | None
) -> tuple[Hint, ...]:
    """The signs found in headers and fingerprint, the most telling first."""
    found: list[Hint] = []
    client = _client(headers, agent)
    if client is not None:
        found += [hint for rule in HEADER_RULES if (hint := rule(client))]
        if user_agent is not None and user_agent != client.headers["user-agent"]:
            found.append(_AGENT_MISMATCH)
    if fingerprint is not None:
        found += _fingerprint_hints(fingerprint, user_agent, agent, client)
    return tuple(sorted(found, key=lambda hint: -hint.weight))


def timezone_hint(zone: str | None, place: Place | None, network: Network, offsets: frozenset[int],
                  offset: int | None) -> Hint | None:  # fmt: skip
    """The browser's time zone against those kept in the address's country; silent where the place is not the user's.

    UTC proves nothing: private windows and remote desktops report it. A roaming phone keeps its home address.
    """
    if zone is None or place is None or not offsets or offset is None or zone.upper() in ("UTC", "GMT", "ETC/UTC"):
        return None
    if network.is_no_place or network.mobile or place.source == "trusted" or offset in offsets:
        return None
    return Hint("TIMEZONE_MISMATCH", 0.5, f"The time zone {zone} is not kept in {place.country}", "inconsistency")


_AGENT_MISMATCH = Hint("AGENT_MISMATCH", 0.7, "Two different User-Agents were sent for one client", "inconsistency")
_WEBDRIVER = Hint("WEBDRIVER", 1.0, "The browser says that it is driven by software (navigator.webdriver)")


def _client(headers: Headers, agent: Agent) -> Client | None:
    if not headers:
        return None
    order = [name.lower() for name, _ in headers]
    if "user-agent" not in order or not ("host" in order or ":authority" in order):
        return None
    values = dict(zip(order, (value for _, value in headers), strict=True))
    return Client(values, order, _is_secure(values), _claimed(values["user-agent"][:REMEMBERED]), agent)


@lru_cache(maxsize=4096)
def _claimed(user_agent: str) -> Browser:
    for engine, pattern in (("chromium", _CHROME), ("firefox", _FIREFOX)):
        found = pattern.search(user_agent)
        if found and len(found[1]) < 5:
            return Browser(engine, int(found[1]))
    return Browser("other", 0)


def _is_secure(values: dict[str, str]) -> bool:
    """Whether the origin is known to be secure, or local: browsers keep client hints and br from others."""
    if values.get("x-forwarded-proto", values.get(":scheme", "")).lower() == "https":
        return True
    if any(values.get(name, "").startswith("https://") for name in ("origin", "referer")):
        return True
    host = values.get("host", values.get(":authority", ""))
    return host.partition(":")[0] in ("localhost", "127.0.0.1")


def _no_language(client: Client) -> Hint | None:
    if client.browser.engine == "other" or "accept-language" in client.headers:
        return None
    return Hint("NO_ACCEPT_LANGUAGE", 0.7, "A browser's User-Agent without the Accept-Language all browsers send")


def _no_client_hints(client: Client) -> Hint | None:
    browser, view = client.browser, "; wv)" in client.headers["user-agent"]
    if browser.engine != "chromium" or browser.version < 90 or view or not client.secure:
        return None
    if "sec-ch-ua" in client.headers:
        return None
    return Hint("NO_CLIENT_HINTS", 0.6, f"Chrome {browser.version} sends client hints (Sec-CH-UA); there are none")


def _no_fetch_metadata(client: Client) -> Hint | None:
    browser = client.browser
    known = (browser.engine == "chromium" and browser.version >= 80) or (
        browser.engine == "firefox" and browser.version >= 90
    )
    if not known or not client.secure or any(name.startswith("sec-fetch-") for name in client.order):
        return None
    return Hint("NO_FETCH_METADATA", 0.6, "A browser of this version sends Sec-Fetch headers; there are none")


def _header_order(client: Client) -> Hint | None:
    order = client.order
    if client.browser.engine != "chromium" or "accept" not in order or "accept-language" not in order:
        return None
    if order.index("accept-language") > order.index("accept"):
        return None
    return Hint("HEADER_ORDER", 0.6, "Accept-Language before Accept: Chrome does that under a replaced User-Agent")


def _brands(client: Client) -> Hint | None:
    listed = client.headers.get("sec-ch-ua")
    if not listed:
        return None
    if "Headless" in listed:
        return Hint("HEADLESS_BRAND", 1.0, "The client hints name a headless browser")
    if client.browser.engine != "chromium":
        return Hint("BRANDS_MISMATCH", 0.7, "Client hints from a browser that sends none", "inconsistency")
    stated = _stated(listed[:REMEMBERED])
    if stated is None or int(stated) != client.browser.version:
        text = f"The client hints say Chromium {stated or 'nothing'}, the User-Agent {client.browser.version}"
        return Hint("BRANDS_MISMATCH", 0.7, text, "inconsistency")
    if _OLD_GREASE in listed and client.browser.version >= 110:
        return Hint("BRANDS_MISMATCH", 0.5, "A brand list that Chrome gave up years before", "inconsistency")
    return None


@lru_cache(maxsize=4096)
def _stated(listed: str) -> str | None:
    """Chromium's version in a brand list."""
    return dict(_BRAND.findall(listed)).get("Chromium")


def _hinted_platform(client: Client) -> Hint | None:
    stated = client.headers.get("sec-ch-ua-platform", "").strip('"')
    if not stated or _fits(stated, client.agent.os):
        return None
    text = f"The client hints say {stated}, the User-Agent {client.agent.os}"
    return Hint("PLATFORM_MISMATCH", 0.7, text, "inconsistency")


def _hinted_mobile(client: Client) -> Hint | None:
    if client.headers.get("sec-ch-ua-mobile") != "?1" or client.agent.device not in ("desktop",):
        return None
    return Hint("MOBILE_MISMATCH", 0.4, "The client hints say a phone, the User-Agent a desktop", "inconsistency")


HEADER_RULES: tuple[Callable[[Client], Hint | None], ...] = (
    _no_language, _no_client_hints, _no_fetch_metadata, _header_order, _brands, _hinted_platform, _hinted_mobile,
)  # fmt: skip


def _fingerprint_hints(
    device: DeviceFingerprint, user_agent: str | None, agent: Agent, client: Client | None
) -> Iterator[Hint]:
    probed = read_probes(device.hints) if device.hints else ()
    yield from probed
    if device.webdriver and _WEBDRIVER not in probed:
        yield _WEBDRIVER
    if device.user_agent and user_agent and _differ(device.user_agent, user_agent):
        yield _AGENT_MISMATCH
    if device.platform and not _fits(device.platform, agent.os):
        text = f"The platform {device.platform} under a User-Agent of {agent.os}"
        yield Hint("PLATFORM_MISMATCH", 0.7, text, "inconsistency")
    if device.touch_points == 0 and agent.device == "mobile":
        yield Hint("TOUCH_MISMATCH", 0.6, "A phone without a touch screen", "inconsistency")
    if device.screen_resolution:
        yield from _screen(device.screen_resolution, agent.device)
    if device.language and client is not None and "accept-language" in client.headers:
        hint = _language(device.language, client.headers["accept-language"][:REMEMBERED])
        if hint is not None:
            yield hint


def _differ(one: str, other: str) -> bool:
    """Another engine or its major version by more than one: a fingerprint may be one update older than the request."""
    a, b = _claimed(one[:REMEMBERED]), _claimed(other[:REMEMBERED])
    return a.engine != b.engine or abs(a.version - b.version) > 1


@lru_cache(maxsize=4096)
def _screen(text: str, device: str) -> tuple[Hint, ...]:
    found = re.fullmatch(r"(-?\d{1,6})\s*[x×,]\s*(-?\d{1,6})(?:[x×,]\d+)?", text.strip(), re.IGNORECASE)
    if found is None:
        return ()
    width, height = int(found[1]), int(found[2])
    if not (100 <= width <= 20_000 and 100 <= height <= 20_000):
        return (Hint("SCREEN_IMPOSSIBLE", 0.8, f"No screen has {width} x {height} pixels", "inconsistency"),)
    if (width, height) == (800, 600) and device == "desktop":
        return (Hint("SCREEN_HEADLESS", 0.4, "A screen of 800 x 600, the default of headless browsers"),)
    return ()


@lru_cache(maxsize=4096)
def _language(language: str, accepted: str) -> Hint | None:
    wanted = language.lower().partition("-")[0]
    if wanted in {part.strip().lower().partition("-")[0].partition(";")[0] for part in accepted.split(",")}:
        return None
    text = f"The page sees the language {language}, the server {accepted[:40]}"
    return Hint("LANGUAGE_MISMATCH", 0.5, text, "inconsistency")


_SYSTEMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("win", ("Windows", "Windows Phone")),
    ("mac", ("Mac OS X", "iOS")),
    ("ip", ("iOS",)),
    ("ios", ("iOS",)),
    ("android", ("Android", "HarmonyOS", "KaiOS")),
    ("chrome", ("Chrome OS",)),
    ("cros", ("Chrome OS",)),
    ("linux", ("Linux", "Android", "Ubuntu", "Fedora", "Debian", "Chrome OS", "Red Hat", "Tizen", "KaiOS")),
)  # fmt: skip


@lru_cache(maxsize=4096)
def _fits(platform: str, system: str | None) -> bool:
    """Whether a stated platform (navigator.platform or Sec-CH-UA-Platform) can run that system; unknown ones fit."""
    if system is None:
        return True
    stated = platform.lower()
    for start, systems in _SYSTEMS:
        if stated.startswith(start):
            return system in systems
    return True
