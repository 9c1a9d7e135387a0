"""Against a real HTTP server in a thread, serving what real sources and real failures look like."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from feed_files import ADDRESSES, DOMAINS, IPSUM, NETSET, NOW, NOW_MS, PAGE, PROXIES, TOR_CSV, loaded
from tests import reference

from watchword.enrichment.addresses import parse_span
from watchword.enrichment.feed import Feed
from watchword.enrichment.feed_catalogue import FEEDS
from watchword.enrichment.feed_list import describe_feeds
from watchword.enrichment.feed_refresh import Refresher
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.feed_update import Limits, Outcome, due, update
from watchword.enrichment.sources import open_enricher

Answer = Callable[[BaseHTTPRequestHandler], None]


class Source:
    """A server of lists. `answers` maps a path to what it does; requests are kept."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        source = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                source.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                source.answers[self.path](self)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def feed(self, name: str = "ipsum", format: str = "networks", **more: object) -> Feed:
        url = f"http://127.0.0.1:{self.server.server_port}/{name}"
        settings: dict[str, object] = {"kind": "abuse", "min_entries": 100, "max_entries": 5000} | more
        return Feed(name=name, format=format, url=url, **settings)  # type: ignore[arg-type]


def text(body: str | bytes, **headers: str) -> Answer:
    raw = body.encode() if isinstance(body, str) else body

    def answer(request: BaseHTTPRequestHandler) -> None:
        etag = headers.get("ETag")
        if etag and request.headers.get("If-None-Match") == etag:
            return status(304)(request)
        request.send_response(200)
        for name, value in {"Content-Length": str(len(raw)), **headers}.items():
            request.send_header(name.replace("_", "-"), value)
        request.end_headers()
        request.wfile.write(raw)
        return None

    return answer


def status(code: int) -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


def slow(request: BaseHTTPRequestHandler) -> None:
    request.send_response(200)
    request.end_headers()
    for _ in range(100):
        request.wfile.write(b"1.2.3.4\n")
        time.sleep(0.1)


@pytest.fixture
def source() -> Iterator[Source]:
    made = Source()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> FeedStore:
    return FeedStore(tmp_path)


async def fetched(store: FeedStore, *feeds: Feed, at: datetime = NOW, **limits: float) -> list[Outcome]:
    bounds = Limits(seconds=limits.get("seconds", 60), max_bytes=int(limits.get("max_bytes", 9_000_000)))
    return await update(feeds, store, at, bounds)


async def test_every_format_is_fetched_checked_and_used(source: Source, store: FeedStore) -> None:
    lists = {"networks": NETSET, "counted": IPSUM, "tor_csv": TOR_CSV, "proxies": PROXIES, "domains": DOMAINS}
    source.answers = {f"/{format}": text(body) for format, body in lists.items()}
    feeds = [source.feed(format, format) for format in lists]
    outcomes = await fetched(store, *feeds)
    assert {outcome.name: outcome.state for outcome in outcomes} == dict.fromkeys(lists, "updated")
    assert "1 reserved" in next(outcome.message for outcome in outcomes if outcome.name == "networks")
    for feed in feeds:
        taken = store.load(feed)
        assert taken is not None
        assert taken.fetched_ms == NOW_MS
        assert taken.content.entries >= 1000


async def test_the_real_lists_are_taken(source: Source, store: FeedStore, tmp_path: Path) -> None:
    files = {
        "tor_exits": ("feeds/tor/alireza-latest.exits.csv", "tor_csv"),
        "vpn": ("feeds/x4bnet/vpn-ipv4.txt", "networks"),
        "misp_fastly": ("feeds/misp-warninglists/fastly.json", "misp"),
        "ipsum": ("feeds/ipsum/ipsum.txt", "counted"),
    }  # fmt: skip
    source.answers = {f"/{name}": text(reference.path(file).read_bytes()) for name, (file, _) in files.items()}
    feeds = [source.feed(name, format, min_entries=5, max_entries=200_000) for name, (_, format) in files.items()]
    assert {outcome.state for outcome in await fetched(store, *feeds)} == {"updated"}
    assert {each.feed.name for each in open_enricher(tmp_path).feeds} == files.keys()


async def test_an_unchanged_list_is_not_fetched_again(source: Source, store: FeedStore) -> None:
    source.answers["/ipsum"] = text(NETSET, ETag='"abc"', Last_Modified="Fri, 20 Nov 2026 06:00:00 GMT")
    feed = source.feed()
    assert (await fetched(store, feed))[0].state == "updated"
    assert (await fetched(store, feed, at=NOW + timedelta(hours=1)))[0].state == "unchanged"
    sent = source.requests[1][1]
    assert (sent["if-none-match"], sent["if-modified-since"]) == ('"abc"', "Fri, 20 Nov 2026 06:00:00 GMT")
    taken = store.load(feed)
    assert taken is not None
    assert taken.fetched_ms == NOW_MS - 6 * 3_600_000  # its age counts from when the source changed it


@pytest.mark.parametrize(
    ("answer", "state", "why"),
    [
        (status(500), "failed", "500"),
        (status(404), "failed", "404"),
        (text(PAGE, Content_Type="text/html"), "refused", "web page"),
        (text("\n".join(ADDRESSES[:400])), "refused", "shrank"),
        (text("\n".join(ADDRESSES[:50])), "refused", "fewer"),
        (text(""), "refused", "fewer"),
        (text("garbage\n" * 500), "refused", "can not be read"),
        (text(b"\xff\xfe" * 500), "refused", "no text"),
        (text("0.0.0.0/0\n" + NETSET), "refused", "quarter"),
        (text(NETSET, **{"Content-Length": str(len(NETSET) + 500)}), "failed", ""),
        (text(NETSET * 40), "failed", "longer"),
        (slow, "failed", ""),
    ],
    ids=["500", "404", "page", "shrunk", "tiny", "empty", "garbage", "binary", "everything", "cut", "long", "slow"],
)
async def test_whatever_goes_wrong_the_last_good_copy_stays(
    source: Source, store: FeedStore, answer: Answer, state: str, why: str, tmp_path: Path
) -> None:
    feed = source.feed()
    source.answers["/ipsum"] = text(NETSET, ETag='"good"')
    await fetched(store, feed)
    good = (tmp_path / "feeds" / "ipsum.feed").read_bytes()
    source.answers["/ipsum"] = answer
    seconds = 60 if why else 0.6
    outcome = (await fetched(store, feed, at=NOW + timedelta(days=1), seconds=seconds, max_bytes=500_000))[0]
    assert outcome.state == state
    assert why in outcome.message
    assert (tmp_path / "feeds" / "ipsum.feed").read_bytes() == good
    attempt = store.attempt("ipsum")
    assert attempt is not None
    assert attempt.error
    assert attempt.etag == '"good"'


async def test_a_source_that_is_not_there(store: FeedStore) -> None:
    feed = Feed(name="gone", kind="vpn", format="networks", url="http://127.0.0.1:9/x")
    other = Feed(name="odd", kind="vpn", format="networks", url="file:///etc/passwd")
    assert [outcome.state for outcome in await fetched(store, feed, other)] == ["failed", "failed"]


async def test_one_failure_does_not_hold_up_the_others(source: Source, store: FeedStore) -> None:
    source.answers = {"/a": slow, "/b": status(503), "/c": text(NETSET)}
    outcomes = await fetched(store, *(source.feed(name) for name in "abc"), seconds=3)
    assert [outcome.state for outcome in outcomes] == ["failed", "failed", "updated"]


async def test_force_takes_a_list_that_shrank(source: Source, store: FeedStore) -> None:
    feed = source.feed()
    source.answers["/ipsum"] = text(NETSET, ETag='"abc"')
    await fetched(store, feed)
    source.answers["/ipsum"] = text("\n".join(ADDRESSES[:400]), ETag='"abc"')
    outcome = (await update([feed], store, NOW, Limits(), force=True))[0]
    assert (outcome.state, outcome.entries) == ("updated", 400)


async def test_a_damaged_copy_is_replaced(source: Source, store: FeedStore, tmp_path: Path) -> None:
    feed = source.feed()
    source.answers["/ipsum"] = text(NETSET, ETag='"abc"')
    await fetched(store, feed)
    (tmp_path / "feeds" / "ipsum.feed").write_bytes(b"garbage")
    assert (await fetched(store, feed))[0].state == "updated"
    assert store.load(feed) is not None


async def test_what_is_due(source: Source, store: FeedStore) -> None:
    source.answers = {"/daily": text(NETSET), "/failing": status(500)}
    daily, failing = source.feed("daily"), source.feed("failing")
    asked = source.feed("asked", use="asked")
    feeds = [daily, failing, asked]
    assert due(feeds, store, NOW) == [daily, failing]
    await fetched(store, daily, failing)
    assert due(feeds, store, NOW + timedelta(minutes=9)) == []
    assert due(feeds, store, NOW + timedelta(minutes=11)) == [failing]
    assert due(feeds, store, NOW + timedelta(hours=25)) == [daily, failing]


class Enough(Exception):
    """Ends a refresher that would run forever."""


async def test_a_running_service_refreshes_and_tells(source: Source, tmp_path: Path) -> None:
    source.answers["/ours"] = text(NETSET)
    url = source.feed("ours").url
    (tmp_path / "feeds.toml").write_text(
        f'[ours]\nkind = "abuse"\nformat = "networks"\nurl = "{url}"\nhalf_life_days = 7.0\n'
        + "".join(f'[{feed.name}]\nuse = "asked"\n' for feed in FEEDS)
    )
    told: list[tuple[bool, list[str]]] = []
    clock = NOW
    sleeps = 0

    async def sleep(_: float) -> None:
        nonlocal clock, sleeps
        sleeps += 1
        clock += timedelta(hours=6)
        if sleeps == 2:
            store.save(FEEDS[0], loaded("tor", parse_span("9.9.9.9")).content, b"", NOW_MS)  # as another process would
        if sleeps == 6:
            raise Enough

    store = FeedStore(tmp_path)
    refresher = Refresher(tmp_path, lambda: clock, Counter({"ours": 3}))
    with pytest.raises(Enough):
        await refresher.refresh_forever(
            lambda changed, found: told.append((changed, [each.state for each in found])), sleep
        )
    assert told[0] == (True, ["updated"])
    assert (True, []) in told[1:]
    assert len([states for _, states in told if states]) == 2  # at once, and after a day
    assert store.hits() == {"ours": 3}
    status_of = {each.name: each for each in describe_feeds(tmp_path, NOW + timedelta(days=8))}
    assert status_of["ours"].entries == 1001
    assert status_of["ours"].hits == 3


async def test_wrong_settings_do_not_stop_the_refresher(tmp_path: Path) -> None:
    refresher = Refresher(tmp_path, lambda: NOW, fetch=False)
    (tmp_path / "feeds.toml").write_text("[")
    assert [(each.name, each.state) for each in (await refresher.turn())[1]] == [("feeds.toml", "refused")]
    assert (await refresher.turn())[1] == []


async def test_the_list_tells_age_weight_and_trouble(source: Source, store: FeedStore, tmp_path: Path) -> None:
    source.answers["/ipsum"] = text(NETSET)
    await fetched(store, source.feed())
    source.answers["/ipsum"] = status(500)
    await fetched(store, source.feed(), at=NOW + timedelta(days=7))
    listed = describe_feeds(tmp_path, NOW + timedelta(days=7))
    first = listed[0]
    assert (first.name, first.age_s, first.weight, first.stale) == ("ipsum", 7 * 86_400, 0.5, False)
    assert first.problem is not None
    assert "500" in first.problem
    assert describe_feeds(tmp_path, NOW + timedelta(days=15))[0].stale
    assert all(each.age_s is None and each.weight == 0 for each in listed[1:])
