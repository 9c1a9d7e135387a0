"""A source of reference data that turned bad spoils itself at most."""

from __future__ import annotations

import asyncio
import gzip
import lzma
import resource
from datetime import UTC, datetime
from pathlib import Path
from time import thread_time

import httpx
import pytest

from watchword.enrichment import feed_update
from watchword.enrichment.feed import Feed
from watchword.enrichment.feed_formats import FORMATS, read_content
from watchword.enrichment.feed_store import FeedStore
from watchword.enrichment.feed_update import Limits, update
from watchword.errors import FeedError
from watchword.web import serving

ZEROS = bytes(70_000_000)
GARBAGE = {
    "nothing": b"", "zeros": bytes(1_000), "bytes": bytes(range(256)) * 100, "gzip bomb": gzip.compress(ZEROS),
    "xz bomb": lzma.compress(ZEROS), "half a gzip": gzip.compress(b"x" * 9_999)[:40], "no gzip": b"\x1f\x8bxxxx",
    "one long line": b"a" * 2_000_000, "blanks": b" " * 2_000_000, "a length of digits": b"1.2.3.4/" + b"9" * 5_000,
    "odd digits": "1.2.3.4/\u0663".encode(), "minus": b"1.2.3.4/-1", "backwards": b"2.2.2.2-1.1.1.1", "count": b"1.2.3.4 " + b"9" * 5_000,
    "number": b"AS" + b"9" * 5_000, "deep": b'{"type":"cidr","list":' + b"[" * 50_000, "dots": b"a." * 100_000 + b"com",
    "list of numbers": b'{"type":"cidr","list":[1,2]}', "page": b"<!doctype html><p>", "zone": b"fe80::1%eth0\n", "brackets": b"[::1]:80\n",
}  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
def test_garbage_is_refused_or_read_and_never_more(form: str) -> None:
    feed = Feed(name="x", kind="abuse", format=form, pattern=r"(\d+\.\d+\.\d+\.\d+)" if "pattern" in form else None)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, thread_time()
    for raw in GARBAGE.values():
        try:
            read_content(raw, feed)
        except FeedError:
            continue
    assert thread_time() - began < 6
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 700_000


def feed(name: str) -> Feed:
    return Feed(name=name, kind="abuse", format="networks", url=f"https://lists.example/{name}", min_entries=1)


def served(monkeypatch: pytest.MonkeyPatch, answer: httpx.MockTransport) -> None:
    """Has feeds fetched from these answers: no server of ours speaks https with a name that is known."""
    client = httpx.AsyncClient
    monkeypatch.setattr(feed_update.httpx, "AsyncClient", lambda **more: client(transport=answer, **more))


async def test_one_that_breaks_its_reader_stops_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, text="5.188.10.0/24\n")

    def read(raw: bytes, of: Feed) -> object:
        if of.name == "bad":
            raise ZeroDivisionError("203.0.113.7")
        return read_content(raw, of)

    served(monkeypatch, httpx.MockTransport(answer))
    monkeypatch.setattr(feed_update, "read_content", read)
    store = FeedStore(tmp_path)
    outcomes = await update([feed("bad"), feed("good")], store, datetime.now(UTC), Limits())
    assert [(one.name, one.state) for one in outcomes] == [("bad", "failed"), ("good", "updated")]
    attempt = store.attempt("bad")
    assert attempt is not None and attempt.error == "ZeroDivisionError"


async def test_nobody_leads_us_off_tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/led" and request.url.scheme == "https":
            return httpx.Response(302, headers={"location": "http://lists.example/led"})
        return httpx.Response(200, text="5.188.10.0/24\n")

    served(monkeypatch, httpx.MockTransport(answer))
    (outcome,) = await update([feed("led")], FeedStore(tmp_path), datetime.now(UTC), Limits())
    assert (outcome.state, outcome.message) == ("failed", "it leads from https to http")


async def test_a_chore_goes_on_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[int] = []

    async def work() -> None:
        turns.append(1)
        raise [ValueError("x"), OSError("x"), KeyError("x")][len(turns) % 3]

    chore = asyncio.create_task(serving._repeat("configuration", 0.001, work))
    while len(turns) < 7:
        await asyncio.sleep(0.001)
        assert not chore.done()
    chore.cancel()
