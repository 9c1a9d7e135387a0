from pathlib import Path

import pytest
from feed_files import NOW_MS

from watchword.enrichment.addresses import parse_span
from watchword.enrichment.feed import Content, Feed
from watchword.enrichment.feed_bounds import checked
from watchword.enrichment.feed_catalogue import known_feeds
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.intervals import Ranges
from watchword.enrichment.sources import open_enricher
from watchword.errors import ConfigurationError, FeedError

FEED = Feed(name="ipsum", kind="abuse", format="counted", min_entries=2, max_entries=10)
CONTENT = Content(
    {3: Ranges.of([parse_span("1.2.3.4")]), 5: Ranges.of([parse_span("9.9.9.0/24"), parse_span("2620::/32")])},
    frozenset({64500}), frozenset({"a.example"}), ("^x$",), 3,
)  # fmt: skip


def of(*networks: str, listed: int | None = None) -> Content:
    return Content(
        {1: Ranges.of(parse_span(text) for text in networks)}, listed=len(networks) if listed is None else listed
    )


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    store = FeedStore(tmp_path)
    assert store.load(FEED) is None
    copy = store.save(FEED, CONTENT, b"source", NOW_MS, 2)
    loaded = store.load(FEED)
    assert loaded is not None
    assert (loaded.fetched_ms, copy.entries, copy.dropped) == (NOW_MS, 6, 2)
    assert {level: list(ranges.spans()) for level, ranges in loaded.content.levels.items()} == {
        level: list(ranges.spans()) for level, ranges in CONTENT.levels.items()
    }
    assert (loaded.content.asns, loaded.content.domains, loaded.content.patterns) == (
        CONTENT.asns, CONTENT.domains, CONTENT.patterns,
    )  # fmt: skip


def test_a_damaged_copy_is_refused_and_named_in_decisions(tmp_path: Path) -> None:
    store = FeedStore(tmp_path)
    store.save(FEED, CONTENT, b"source", NOW_MS)
    path = tmp_path / "feeds" / "ipsum.feed"
    path.write_bytes(path.read_bytes()[:-3] + b"xyz")
    with pytest.raises(FeedError, match="damaged"):
        store.load(FEED)
    assert "feeds.ipsum" in open_enricher(tmp_path)._now(0)[1]


def test_the_stamp_changes_when_a_copy_does(tmp_path: Path) -> None:
    store = FeedStore(tmp_path)
    before = store.stamp()
    store.save(FEED, CONTENT, b"source", NOW_MS)
    assert store.stamp() != before
    assert store.stamp() == store.stamp()


def test_no_part_written_file_is_left(tmp_path: Path) -> None:
    FeedStore(tmp_path).save(FEED, CONTENT, b"source", NOW_MS)
    assert [path.name for path in (tmp_path / "feeds").iterdir()] == ["ipsum.feed"]


@pytest.mark.parametrize(
    ("content", "last_good", "why"),
    [
        (of("1.1.1.1"), None, "fewer"), (of("1.1.1.1", "2.2.2.2", listed=11), None, "more"),
        (of("1.1.1.1", "2.2.2.2"), 5, "shrank"), (of("10.0.0.0/8", "192.168.0.0/16"), None, "reserved"),
        (of("0.0.0.0/1", "128.0.0.0/2"), None, "quarter"), (of("2000::/3", "1.1.1.1"), None, "wider"),
    ],
)  # fmt: skip
def test_content_that_is_not_believed(content: Content, last_good: int | None, why: str) -> None:
    with pytest.raises(FeedError, match=why):
        checked(content, FEED, last_good)


def test_content_that_is_believed() -> None:
    content, dropped = checked(of("1.1.1.1", "10.0.0.0/8", "2.2.2.2"), FEED, 6)
    assert (list(content.levels[1].spans()), dropped) == ([parse_span("1.1.1.1"), parse_span("2.2.2.2")], 1)


def test_a_disposable_list_that_names_everybody_s_mail_is_refused() -> None:
    feed = Feed(name="x", kind="disposable_email", format="domains")
    with pytest.raises(FeedError, match=r"gmail\.com"):
        checked(Content(domains=frozenset({"gmail.com", "a.example"})), feed, None)


def test_settings_change_and_add_feeds(tmp_path: Path) -> None:
    (tmp_path / "feeds.toml").write_text(
        '[tor_exits]\nurl = "https://mirror.example/exits.csv"\n[vpn]\nuse = "never"\n'
        '[ours]\nkind = "abuse"\nformat = "networks"\nurl = "https://intranet.example/deny"\n'
    )
    feeds = known_feeds(tmp_path)
    assert feeds["tor_exits"].url == "https://mirror.example/exits.csv"
    assert feeds["tor_exits"].half_life_days == 1
    assert (feeds["vpn"].use, feeds["ours"].use) == ("never", "always")


@pytest.mark.parametrize(
    "text",
    [
        "[tor_exits]\nurl = 3\n",
        "[new]\nkind = 'abuse'\n",
        "[tor_exits]\nhalflife = 2\n",
        "[",
        "['../x']\nkind='abuse'\nformat='networks'\n",
    ],
)
def test_wrong_settings_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "feeds.toml").write_text(text)
    with pytest.raises(ConfigurationError):
        known_feeds(tmp_path)


def test_a_feed_switched_off_is_not_loaded(tmp_path: Path) -> None:
    FeedStore(tmp_path).save(known_feeds(None)["vpn"], of("1.1.1.1"), b"", NOW_MS)
    assert [loaded.feed.name for loaded in open_enricher(tmp_path).feeds] == ["vpn"]
    (tmp_path / "feeds.toml").write_text('[vpn]\nuse = "never"\n')
    assert open_enricher(tmp_path).feeds == ()
