"""What a feed is: a list somebody publishes, what standing on it means, and how fast that stops being true."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from watchword.enrichment.intervals import Ranges

Kind = Literal[
    "hosting", "vpn", "proxy", "residential_proxy", "tor", "relay", "cdn", "satellite", "abuse", "bot",
    "disposable_email", "label",
]  # fmt: skip
Use = Literal["always", "asked", "never"]
FLAG_KINDS = ("hosting", "vpn", "proxy", "residential_proxy", "tor", "relay", "cdn", "satellite")
DAY_MS = 86_400_000
SPENT_HALF_LIVES = 5
STALE_HALF_LIVES = 2


class Feed(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One published list.

    `kind`: what an entry is marked as. `format`: a name in `feed_formats.FORMATS`. `refresh_hours`: how often it is
    fetched. `half_life_days`: after that its word counts half, after five of them nothing. `min_entries` and
    `max_entries` bound what is believed. `least_level`: entries of a counted list below it are dropped. `aggregate`:
    it counts other lists, so they are not independent of it. `operator`: whose addresses they are, or the bot's name.
    `pattern`: a regular expression whose first group is the entry (format `pattern`). `use`: `always` is fetched on
    schedule, `asked` is used once somebody fetched or imported it, `never` is left out.
    """

    name: Annotated[str, Meta(pattern="^[a-z0-9_]{1,64}$")]
    kind: Kind
    format: str
    url: str = ""
    refresh_hours: float = 24.0
    half_life_days: float = 30.0
    min_entries: int = 1
    max_entries: int = 2_000_000
    least_level: int = 1
    aggregate: bool = False
    operator: str | None = None
    pattern: str | None = None
    licence: str = ""
    attribution: str = ""
    use: Use = "always"

    def weight(self, age_ms: int) -> float:
        """How much its word counts at this age, 1 down to 0: 0.5 ** (age / half-life), 0 past five half-lives."""
        lives = abs(age_ms) / (self.half_life_days * DAY_MS)
        return 0.0 if lives > SPENT_HALF_LIVES else float(0.5**lives)

    def is_stale(self, age_ms: int) -> bool:
        """Whether it is so old that decisions should name it: past two half-lives."""
        return age_ms > STALE_HALF_LIVES * self.half_life_days * DAY_MS


class Content(Struct, frozen=True):
    """What a list holds: addresses by level (how many lists name them; 1 where the list does not count), AS numbers,
    domains, regular expressions. `listed` counts the different networks as published, before neighbours were joined.
    """

    levels: dict[int, Ranges] = {}
    asns: frozenset[int] = frozenset()
    domains: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ()
    listed: int = 0

    @property
    def entries(self) -> int:
        """Networks as published, numbers, domains and patterns together."""
        return self.listed + len(self.asns) + len(self.domains) + len(self.patterns)


class LoadedFeed(Struct, frozen=True):
    """A feed with the content last fetched, and when that was (milliseconds since 1970)."""

    feed: Feed
    content: Content
    fetched_ms: int

    def weight(self, now_ms: int) -> float:
        """How much its word counts now."""
        return self.feed.weight(now_ms - self.fetched_ms)
