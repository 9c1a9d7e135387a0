"""What a list must pass to be believed: bounds, no sudden shrinking, no reserved addresses, not half the internet."""

from __future__ import annotations

from watchword.enrichment.feed import Content, Feed
from watchword.enrichment.special import public_only
from watchword.errors import FeedError

MAX_IPV4_ADDRESSES = 1 << 30
WIDEST_IPV6 = 1 << (128 - 12)
MAIL_FOR_EVERYBODY = frozenset({
    "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "yahoo.com", "icloud.com", "me.com",
    "aol.com", "gmx.de", "gmx.net", "web.de", "mail.ru", "yandex.ru", "qq.com", "163.com", "proton.me", "orange.fr",
})  # fmt: skip


def checked(content: Content, feed: Feed, last_good: int | None) -> tuple[Content, int]:
    """The content without reserved addresses (labels keep theirs), and how many of its ranges held some.

    `last_good` is the number of entries of the copy in use. Raises FeedError with what is wrong.
    """
    levels, dropped = dict(content.levels) if feed.kind == "label" else {}, 0
    for level, ranges in content.levels.items() if feed.kind != "label" else ():
        kept, touched = public_only(ranges)
        dropped += touched
        if len(kept):
            levels[level] = kept
    clean = Content(levels, content.asns, content.domains, content.patterns, content.listed)
    if content.levels and not levels:
        raise FeedError("it holds reserved addresses only")
    _check_counts(clean.entries, feed, last_good)
    _check_width(clean)
    _check_names(clean, feed)
    return clean, dropped


def _check_counts(entries: int, feed: Feed, last_good: int | None) -> None:
    if entries < feed.min_entries:
        raise FeedError(f"it has {entries:,} entries; fewer than {feed.min_entries:,} are not believed")
    if entries > feed.max_entries:
        raise FeedError(f"it has {entries:,} entries; more than {feed.max_entries:,} are not believed")
    if last_good is not None and entries * 2 < last_good:
        raise FeedError(f"it shrank from {last_good:,} entries to {entries:,}")


def _check_width(content: Content) -> None:
    if sum(ranges.addresses() for ranges in content.levels.values()) > MAX_IPV4_ADDRESSES:
        raise FeedError("it covers more than a quarter of the IPv4 internet")
    for ranges in content.levels.values():
        flat = ranges.v6
        if any(flat[at + 1] - flat[at] >= WIDEST_IPV6 for at in range(0, len(flat), 2)):
            raise FeedError("it holds an IPv6 network wider than /12")


def _check_names(content: Content, feed: Feed) -> None:
    shared = content.domains & MAIL_FOR_EVERYBODY
    if feed.kind == "disposable_email" and shared:
        raise FeedError(f"it lists {min(shared)}, which everybody uses")
