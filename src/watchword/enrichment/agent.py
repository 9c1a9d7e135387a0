"""What a User-Agent string says of the client: browser, system, kind of device, and whether it is a tool's.

Parsed by ua-parser's Rust backend; tools and crawlers are known from crawler-user-agents and a few patterns of our own
(what that list was measured to miss). Both are compiled on first use, 0.2 s; after that 13 us a string, cached.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from typing import Any

from watchword.enrichment.facts import Agent

# What the list misses, and sorts of our own. Apps' stacks (okhttp, CFNetwork, Dart, Electron) are no sign.
OWN_TOOLS: tuple[tuple[str, str], ...] = (
    ("headless", r"(?i)(headless ?(?:chrome|browser|shell)?|phantomjs|slimerjs|splash version)"),
    ("driven", r"(?i)(selenium|webdriver(?:io)?|chromedriver|geckodriver|undetected|puppeteer|playwright|camoufox)"),
    ("driven", r"(?i)(cypress|testcafe|nightmare(?:js)?|patchright|nodriver)/"),
    ("scripted", r"(?i)(python-(?:requests|urllib|httpx)|apache-httpclient|go-http-client|node-fetch)"),
    ("scripted", r"(?i)^(java|jakarta|node|axios|got|python|php|ruby|resty|xh|k6|ureq|hyper|lwp|bruno)(?:$|[ /.-])"),
    ("scripted", r"(?i)^(httpx|curl|libcurl|wget|httpie|undici|superagent|fasthttp|faraday|rest-client|libwww-perl)"),
    ("scripted", r"(?i)^(guzzlehttp|reqwest|postmanruntime|insomnia|apachebench|jmeter|locust|vegeta)"),
    ("scripted", r"(?i)(\bhydra\b|sqlmap|nikto|aiohttp|powershell|winhttp)"),
)  # fmt: skip
_APPS = ("okhttp", "HttpUrlConnection", "Amazon CloudFront", "Salesforce\\.com", "Code\\/1\\.", "Fluid", "Jetty")
_SORTS = {"http-library": "scripted", "browser-automation": "driven", "scanner": "scripted"}
_BOT_NAME = re.compile(r"[A-Za-z][\w .+-]{1,40}")
_DESKTOPS = ("Windows", "Mac OS X", "Linux", "Ubuntu", "Fedora", "Debian", "Chrome OS", "FreeBSD", "OpenBSD", "Red Hat")
_PHONES = ("Android", "iOS", "Windows Phone", "KaiOS", "HarmonyOS", "BlackBerry OS", "Tizen")

REMEMBERED = 512
"""Longest User-Agent that is remembered; strangers could fill the memory with longer ones."""

EMPTY = Agent(automation="empty User-Agent", tool="scripted")
UNKNOWN = Agent()


def read_agent(text: str | None) -> Agent:
    """The client behind a User-Agent. None (not sent to us) says nothing; an empty string is a script's."""
    if text is None:
        return UNKNOWN
    return _read(text) if len(text) <= REMEMBERED else _read.__wrapped__(text)


@lru_cache(maxsize=16_384)
def _read(text: str) -> Agent:
    if not text.strip():
        return EMPTY
    browsers, systems, devices, tools = _extractors()
    browser, system, device, tool = (each.extract(text) for each in (browsers, systems, devices, tools))
    name, sort = (tool.family, tool.major) if tool else (None, None)
    family = system.family if system else None
    return Agent(
        browser=browser.family if browser else None,
        browser_version=_number(browser.major) if browser else None,
        os=family,
        os_version=_version(system),
        device="bot" if sort == "bot" else _device(text, family, device.family if device else None),
        automation=name,
        tool=sort,
    )


def _device(text: str, system: str | None, model: str | None) -> str:
    if model == "iPad" or "Tablet" in text or "Kindle" in text:
        return "tablet"
    if system == "Android" and "Mobile" not in text and "Mozilla" in text:
        return "tablet"
    if system in _PHONES or "Mobile" in text:
        return "mobile"
    return "desktop" if system in _DESKTOPS else "unknown"


def _version(system: Any) -> str | None:
    parts = [part for part in (system.major, system.minor) if part] if system else []
    return ".".join(parts) or None


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 6 else None


@cache
def _extractors() -> tuple[Any, Any, Any, Any]:
    """ua-parser's tables and ours in the Rust backend (an ImportError here means a broken installation)."""
    from ua_parser.loaders import load_builtins
    from ua_parser.regex import Resolver
    from ua_parser_rs import UserAgentExtractor

    resolver = Resolver(load_builtins())
    return resolver.ua, resolver.os, resolver.de, UserAgentExtractor(_tools())


def _tools() -> list[tuple[str, str, str, None, None, None]]:
    from crawleruseragents import CRAWLER_USER_AGENTS_DATA  # type: ignore[import-untyped]

    found = [(pattern, "$1", sort, None, None, None) for sort, pattern in OWN_TOOLS]
    for entry in CRAWLER_USER_AGENTS_DATA:
        if entry["pattern"] not in _APPS:
            sort = next((_SORTS[tag] for tag in entry.get("tags", ()) if tag in _SORTS), "bot")
            found.append((entry["pattern"], _spoken(entry["pattern"]), sort, None, None, None))
    return found


def _spoken(pattern: str) -> str:
    """A pattern's text as a name: `Googlebot\\/` is Googlebot."""
    plain = re.sub(r"\[(\w)\w*\]", r"\1", pattern).replace("\\", "")
    found = _BOT_NAME.search(plain)
    return found[0].strip() if found else plain
