"""The lists that Watchword knows, as values: where they are, what they mean, how fast they age, under which licence.

`feeds.toml` in the data directory changes any field of one (`[tor_exits] url = "https://mirror.example/exits.csv"`, or
`use = "never"`) and adds others of the same shape; an imported catalogue of another project adds to it too.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import msgspec

from watchword.enrichment.feed import Feed, Kind
from watchword.errors import ConfigurationError

SETTINGS_FILE = "feeds.toml"
_RAW = "https://raw.githubusercontent.com"
_RANGES = f"{_RAW}/lord-alfred/ipranges/main"
_X4B = f"{_RAW}/X4BNet/lists_vpn/main"
_MISP = f"{_RAW}/MISP/misp-warninglists/main/lists"
_MIT_X4B = "MIT, (c) 2024 X4B (Mathew Heard)"


def _ranges(name: str, kind: Kind, file: str, operator: str, **more: Any) -> Feed:
    """A provider's address ranges from lord-alfred/ipranges (CC0, daily)."""
    return Feed(
        **{
            "name": name, "kind": kind, "format": "networks", "url": f"{_RANGES}/{file}", "half_life_days": 180.0,
            "min_entries": 2, "max_entries": 50_000, "operator": operator, "licence": "CC0-1.0",
            "attribution": "lord-alfred/ipranges", **more,
        }
    )  # fmt: skip


def _x4b(name: str, kind: Kind, format: str, file: str, least: int, most: int) -> Feed:
    return Feed(
        name=name, kind=kind, format=format, url=f"{_X4B}/{file}", half_life_days=90, min_entries=least,
        max_entries=most, licence=_MIT_X4B, attribution="X4BNet/lists_vpn",
    )  # fmt: skip


def _misp(name: str, kind: Kind, folder: str, half_life_days: float = 180) -> Feed:
    """A warning list of MISP (CC0). `vpn-ipv4` there is X4B's datacentre list and is taken as that."""
    return Feed(
        name=name, kind=kind, format="misp", url=f"{_MISP}/{folder}/list.json", half_life_days=half_life_days,
        licence="CC0-1.0", attribution="MISP/misp-warninglists", use="asked",
    )  # fmt: skip


FEEDS: tuple[Feed, ...] = (
    Feed(
        name="tor_exits", kind="tor", format="tor_csv", refresh_hours=1, half_life_days=1, min_entries=300,
        max_entries=20_000, url=f"{_RAW}/alireza-rezaee/tor-nodes/main/latest.exits.csv",
        licence="MIT, alireza-rezaee", attribution="alireza-rezaee/tor-nodes",
    ),
    Feed(
        name="tor_bulk_exits", kind="tor", format="networks", refresh_hours=1, half_life_days=1, min_entries=300,
        max_entries=20_000, url="https://check.torproject.org/torbulkexitlist", licence="CC0-1.0",
        attribution="The Tor Project", use="asked",
    ),
    Feed(
        name="ipsum", kind="abuse", format="counted", half_life_days=7, min_entries=5_000, max_entries=1_000_000,
        least_level=3, aggregate=True, url=f"{_RAW}/stamparm/ipsum/master/ipsum.txt", licence="Unlicense",
        attribution="stamparm/ipsum",
    ),
    Feed(
        name="spamhaus_drop", kind="abuse", format="networks", half_life_days=7, min_entries=200, max_entries=20_000,
        url="https://www.spamhaus.org/drop/drop.txt", licence="free use with attribution",
        attribution="The Spamhaus Project", use="asked",
    ),
    Feed(
        name="firehol_level1", kind="abuse", format="networks", half_life_days=3, min_entries=500, max_entries=100_000,
        url="https://iplists.firehol.org/files/firehol_level1.netset", licence="mixed, see each source",
        attribution="FireHOL IP Lists", aggregate=True, use="asked",
    ),
    _x4b("hosting", "hosting", "networks", "output/datacenter/ipv4.txt", 10_000, 500_000),
    _x4b("hosting_v6", "hosting", "networks", "output/datacenter/ipv6.txt", 1_000, 200_000),
    _x4b("hosting_asns", "hosting", "asns", "input/datacenter/ASN.txt", 200, 10_000),
    _x4b("vpn", "vpn", "networks", "output/vpn/ipv4.txt", 2_000, 200_000),
    _x4b("vpn_v6", "vpn", "networks", "output/vpn/ipv6.txt", 50, 50_000),
    _ranges("protonvpn", "vpn", "protonvpn/ipv4_merged.txt", "Proton VPN", half_life_days=30.0),
    _ranges("apple_relay", "relay", "apple-proxy/ipv4_merged.txt", "iCloud Private Relay", min_entries=500),
    _ranges("apple_relay_v6", "relay", "apple-proxy/ipv6_merged.txt", "iCloud Private Relay", min_entries=500),
    _ranges("cloudflare", "cdn", "cloudflare/ipv4_merged.txt", "Cloudflare"),
    _ranges("cloudflare_v6", "cdn", "cloudflare/ipv6_merged.txt", "Cloudflare"),
    _ranges("googlebot", "bot", "googlebot/ipv4_merged.txt", "Googlebot"),
    _ranges("googlebot_v6", "bot", "googlebot/ipv6_merged.txt", "Googlebot"),
    _ranges("bingbot", "bot", "bing/ipv4_merged.txt", "Bingbot"),
    _ranges("openai", "bot", "openai/ipv4_merged.txt", "GPTBot"),
    _ranges("perplexity", "bot", "perplexity/ipv4_merged.txt", "PerplexityBot"),
    *(
        _ranges(f"{name}{suffix}", "hosting", f"{name}/ipv{version}_merged.txt", operator, use="asked")
        for name, operator in (
            ("amazon", "Amazon"), ("google", "Google"), ("microsoft", "Microsoft"), ("digitalocean", "DigitalOcean"),
            ("linode", "Linode"), ("vultr", "Vultr"), ("oracle", "Oracle"),
        )
        for version, suffix in ((4, ""), (6, "_v6"))
        if (name, version) != ("oracle", 6)
    ),
    Feed(
        name="open_proxies", kind="proxy", format="proxies", refresh_hours=1, half_life_days=1, min_entries=50,
        max_entries=100_000, url=f"{_RAW}/monosans/proxy-list/main/proxies/all.txt",
        licence="MIT, (c) 2022 monosans", attribution="monosans/proxy-list",
    ),
    Feed(
        name="disposable_email", kind="disposable_email", format="domains", half_life_days=180, min_entries=1_000,
        max_entries=500_000, licence="CC0-1.0", attribution="disposable-email-domains",
        url=f"{_RAW}/disposable-email-domains/disposable-email-domains/main/disposable_email_blocklist.conf",
    ),
    Feed(
        name="bad_asns", kind="hosting", format="asns", half_life_days=180, min_entries=100, max_entries=10_000,
        url=f"{_RAW}/brianhama/bad-asn-list/master/bad-asn-list.csv", licence="MIT, (c) 2025 Brian Hamachek",
        attribution="brianhama/bad-asn-list", use="asked",
    ),
    _misp("misp_datacenters", "hosting", "vpn-ipv4", 90),
    _misp("misp_datacenters_v6", "hosting", "vpn-ipv6", 90),
    _misp("misp_private_relay", "relay", "icloud-private-relay"),
    _misp("misp_zscaler", "relay", "zscaler"),
    _misp("misp_akamai", "cdn", "akamai"),
    _misp("misp_fastly", "cdn", "fastly"),
    _misp("misp_cloudflare", "cdn", "cloudflare"),
    _misp("misp_googlebot", "bot", "googlebot"),
    _misp("misp_gptbot", "bot", "openai-gptbot"),
    _misp("misp_disposable", "disposable_email", "disposable-email"),
)  # fmt: skip

_KINDS_OF_OTHERS: tuple[tuple[str, Kind], ...] = (
    ("tor", "tor"), ("private_relay", "relay"), ("vpn", "vpn"), ("proxy", "proxy"), ("crawler", "bot"), ("bot", "bot"),
    ("datacenter", "hosting"), ("cdn", "cdn"), ("scanner", "abuse"), ("brute_force", "abuse"), ("spammer", "abuse"),
    ("malware", "abuse"), ("c2", "abuse"), ("compromised", "abuse"),
)  # fmt: skip
_HALF_LIVES = {"tor": 1.0, "proxy": 1.0, "abuse": 7.0, "vpn": 30.0}


def known_feeds(data_dir: Path | None) -> dict[str, Feed]:
    """Every feed by name: the built-in ones, an imported catalogue, and what `feeds.toml` changes or adds.

    Raises ConfigurationError naming the feed where `feeds.toml` is wrong.
    """
    found = {feed.name: feed for feed in FEEDS}
    if data_dir is None:
        return found
    imported = data_dir / "feeds" / "catalogue.json"
    if imported.exists():
        found = {feed.name: feed for feed in msgspec.json.decode(imported.read_bytes(), type=list[Feed])} | found
    settings = data_dir / SETTINGS_FILE
    if settings.exists():
        for name, changes in _settings(settings).items():
            found[name] = _changed(found.get(name), name, changes)
    return found


def from_tn3w(content: bytes) -> list[Feed]:
    """The feeds of tn3w/IPBlocklist's catalogue (Apache-2.0), as `asked`; those that flag nothing we know are left out.

    Raises ConfigurationError where it is no such catalogue.
    """
    try:
        listed = msgspec.json.decode(content)["feeds"]
        entries = [(entry["name"], entry["flags"], entry["url"], entry["regex"], entry) for entry in listed]
    except (msgspec.DecodeError, KeyError, TypeError) as error:
        raise ConfigurationError(f"no catalogue of feeds: {error}") from error
    found = []
    for name, flags, url, regex, entry in entries:
        kind = next((kind for flag, kind in _KINDS_OF_OTHERS if flag in flags), None)
        if kind is not None and url and regex and "tor_onionoo" not in name:
            found.append(_theirs(re.sub(r"\W", "_", name.lower())[:56], kind, url, regex, entry))
    return found


def _theirs(name: str, kind: Kind, url: str, regex: str, entry: dict[str, Any]) -> Feed:
    return Feed(
        name=f"tn3w_{name}", kind=kind, format="asn_pattern" if entry.get("is_asn") else "pattern", url=url,
        pattern=regex, half_life_days=_HALF_LIVES.get(kind, 90.0), operator=entry.get("provider"),
        licence="see the source", attribution=name, use="asked",
    )  # fmt: skip


def _settings(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name}: {error}") from error


def _changed(feed: Feed | None, name: str, changes: Any) -> Feed:
    base = msgspec.to_builtins(feed) if feed else {"name": name}
    try:
        return msgspec.convert(base | {"name": name} | changes, Feed)
    except (msgspec.ValidationError, TypeError) as error:
        raise ConfigurationError(f"{SETTINGS_FILE}, [{name}]: {error}", name) from error
