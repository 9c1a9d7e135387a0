"""Words and numbers as every page writes them: UTC, 24 hours, one decimal for scores, a real minus sign."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from watchword.enrichment.countries import countries
from watchword.web.console.titles import BEHAVIOUR, FACTORS, SPELLED, TITLES

BOTS = "bot_evidence:"
NARROW = " "
KINDS = {
    "login": "log-in", "logout": "log-out", "api_call": "API call", "account_activity": "account change",
    "behavior": "behaviour", "demand_registration": "registration", "queue_join": "queue",
}  # fmt: skip
DONE = {"allow": "Allowed", "monitor": "Monitored", "verify": "Asked to verify", "block": "Blocked"}
TRUST = {"unknown": 1, "low": 2, "medium": 3, "high": 4, "trusted": 5}
NETWORKS = {
    "access": "ordinary line", "special": "not a public address", "hosting": "hosting", "relay": "private relay",
    "vpn": "VPN", "proxy": "proxy", "residential_proxy": "residential proxy", "tor": "Tor exit",
}  # fmt: skip

STORIES = {
    "large_transaction": "a large transaction", "new_beneficiary": "a new beneficiary", "rapid_clicks": "rapid clicks",
    "off_hours_activity": "an unusual hour", "mpin_failed": "a wrong answer", "ml_engine": "the behaviour as a whole",
    "asked_by_hand": "somebody who looked at it", "carried_over": "the session before it",
}  # fmt: skip


def title(code: str | None) -> str:
    """An evidence code as a person says it: IMPOSSIBLE_TRAVEL is "Impossible travel"."""
    if not code:
        return "Nothing found"
    known = TITLES.get(code) or BEHAVIOUR.get(code) or FACTORS.get(code)
    if known:
        return known
    if code.startswith(BOTS):
        return title(code.removeprefix(BOTS))
    said = " ".join(SPELLED.get(word, word) for word in re.split(r"[_\s]+", code.lower()))
    return said[:1].upper() + said[1:]


def in_prose(code: str | None) -> str:
    """The same inside a sentence: impossible travel, but Tor exit and VPN exit."""
    said = title(code)
    return (
        said if said.split(" ")[0] in ("Tor", "VPN", "IP", "ASN", "API", "WebDriver") else said[:1].lower() + said[1:]
    )


def story(factor: str) -> str:
    """A factor within a sentence."""
    return STORIES.get(factor) or in_prose(factor)


def evidence(codes: tuple[str, ...], message: str | None, room: int = 34) -> str:
    """What speaks for fraud, in at most that many letters: the sentence, or the two strongest signs by name."""
    if not codes:
        return "Nothing found"
    if len(codes) == 1 and message and len(message) <= room:
        return message
    both = f"{title(codes[0])}, {in_prose(codes[1])}" if len(codes) > 1 else title(codes[0])
    return both if len(both) <= room else title(codes[0])


def spelled(many: int) -> str:
    """A small number as a word, for the beginning of a sentence: "Two", "12"."""
    small = ("No", "One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine")
    return small[many] if many < len(small) else number(many)


def country(code: str | None) -> str:
    """The name of a country: "Norway"; the code where it is not known."""
    found = countries().get(code) if code else None
    return found.name if found else code or ""


def place(city: str | None, code: str | None) -> str:
    """ "Porto, PT"; the country's name where no city is known."""
    return ", ".join(part for part in (city, code) if part) if city else country(code)


def kind(name: str | None) -> str:
    """An event type in words."""
    return KINDS.get(name or "", (name or "event").replace("_", " "))


def article(noun: str) -> str:
    """The noun with a or an."""
    return ("an " if noun[:1].lower() in "aeiou" or noun.startswith("API") else "a ") + noun


def moment(at_ms: int) -> datetime:
    """Milliseconds since 1970 as an aware datetime."""
    return datetime.fromtimestamp(at_ms / 1000, UTC)


def clock(at_ms: int | None) -> str:
    """00:19:42"""
    return moment(at_ms).strftime("%H:%M:%S") if at_ms is not None else ""


def minute(at_ms: int | None) -> str:
    """00:19"""
    return moment(at_ms).strftime("%H:%M") if at_ms is not None else ""


def day(at_ms: int | None) -> str:
    """20 Nov 2026"""
    return f"{moment(at_ms).day} {moment(at_ms):%b %Y}" if at_ms is not None else ""


def day_head(at_ms: int, now_ms: int) -> str:
    """The head of a day in a list: "Today, 20 November", "19 November"."""
    at, now = moment(at_ms), moment(now_ms)
    said = f"{at.day} {at:%B}" + ("" if at.year == now.year else f" {at.year}")
    return f"Today, {said}" if at.date() == now.date() else said


def when(at_ms: int | None) -> str:
    """20 Nov 2026, 00:19:42"""
    return f"{day(at_ms)}, {clock(at_ms)}" if at_ms is not None else ""


def near(at_ms: int | None, now_ms: int) -> str:
    """A time in prose: "00:19", "yesterday, 23:41", "14 Nov, 20:10", "3 Mar 2025"."""
    if at_ms is None:
        return "never"
    at, now = moment(at_ms), moment(now_ms)
    days = (now.date() - at.date()).days
    if days == 0:
        return f"{at:%H:%M}"
    if days == 1:
        return f"yesterday, {at:%H:%M}"
    return f"{at.day} {at:%b, %H:%M}" if abs(days) < 180 else day(at_ms)


def iso(at_ms: int | None) -> str:
    """2026-11-20T00:19:42Z, for `<time datetime>`."""
    return moment(at_ms).strftime("%Y-%m-%dT%H:%M:%SZ") if at_ms is not None else ""


def span(seconds: float | None) -> str:
    """A length of time: "42 s", "38 min", "26 h", "4 d"."""
    if seconds is None:
        return "never"
    for unit, size, least in (("d", 86_400, 172_800), ("h", 3_600, 7_200), ("min", 60, 100)):
        if seconds >= least:
            return f"{seconds / size:,.0f}{NARROW}{unit}"
    return f"{max(0, seconds):.0f}{NARROW}s"


def stretch(seconds: float | None) -> str:
    """A length in minutes and seconds: "6 min 40 s"."""
    if seconds is None:
        return "unknown"
    whole = timedelta(seconds=round(seconds))
    minutes, rest = divmod(int(whole.total_seconds()), 60)
    if minutes >= 60:
        return f"{minutes // 60}{NARROW}h {minutes % 60}{NARROW}min"
    return f"{minutes}{NARROW}min {rest}{NARROW}s" if minutes else f"{rest}{NARROW}s"


def number(value: float | None, places: int = 0) -> str:
    """1,284 or −12.5, with a real minus sign."""
    if value is None:
        return "unknown"
    return f"{value:,.{places}f}".replace("-", "−")


def signed(value: float, places: int = 1) -> str:
    """+29.8 or −15.0"""
    return ("+" if value >= 0 else "−") + f"{abs(value):,.{places}f}"


def percent(share: float | None, places: int | None = None) -> str:
    """A share 0-1 as 97.83, 0.63 (without the sign, two places as the house has it)."""
    return "unknown" if share is None else f"{100 * share:,.{2 if places is None else places}f}"


def count(many: int, one: str, more: str | None = None) -> str:
    """1 rule, 2 rules"""
    return f"{number(many)} {one if many == 1 else more or one + 's'}"


def who(actor: str | None) -> str:
    """An actor of the audit log without the role: "admin:r.okafor" is "r.okafor"."""
    role, _, name = (actor or "").partition(":")
    return name if role in ("service", "viewer", "analyst", "admin") and name else actor or ""


def listed(names: list[str]) -> str:
    """a, b and c"""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1] if names else ""


def size(many: int) -> str:
    """Bytes: 4.1 kB"""
    return f"{many / 1000:.1f}{NARROW}kB" if many >= 1000 else f"{many}{NARROW}B"


def split_name(name: str) -> list[str]:
    """A long name in pieces between which a line may break."""
    return re.findall(r"[^_]+_?|_+", name)
