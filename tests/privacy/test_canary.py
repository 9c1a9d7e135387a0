"""Planted names, e-mails, addresses and user agents are found nowhere; with sealing off, the same search finds them."""

import base64
import gzip
import logging
import zlib

import pytest
from tests.privacy.canary import files, search
from tests.stores.places import in_directory

from watchword.ports import Record

NAME = "Zebulon.Quackenbush"
EMAIL = "zebulon@canary-mail.example"
ADDRESS = "198.51.100.213"
AGENT = "CanaryBrowser/77.31 (Quixotic; Zyzzyva)"
SESSION = "session-canary-4711"
DEVICE = "device-canary-1234567"
PLANTED = (NAME, EMAIL, ADDRESS, AGENT, "Quixotic", SESSION, DEVICE)


async def live(place):
    """A person's life in the store: failures, successes, a profile, records, notes, reads and previews."""
    fields = {"ip": ADDRESS, "user_agent": AGENT, "session_id": SESSION, "device_fingerprint": DEVICE}
    for user in (NAME, EMAIL):
        for _ in range(4):
            await place.login(user, result="failure", **fields)
        for _ in range(12):
            await place.login(user, **fields)
        owner = place.pseudonyms.of("user", user)
        await place.records.put(Record("label", f"label of {user}", b'"' + user.encode() + b'"', owner))
        await place.ledger.note(f"key of {EMAIL}", "profile.read", f"user:{user}", {"address": ADDRESS})
        await place.people.export(user)
    await place.records.put(Record("entry", ADDRESS, AGENT.encode()))
    await place.ledger.note(EMAIL, "list.put", ADDRESS, {"why": AGENT})
    await place.login("never " + NAME, result="failure", **fields)


@pytest.mark.parametrize("closed", [True, False])
async def test_nothing_planted_is_found(tmp_path, caplog, capfd, closed):
    caplog.set_level(logging.DEBUG)
    place = in_directory(tmp_path / "data")
    await live(place)
    place.store.back_up_keys()
    if closed:
        place.close()
    assert len(list(files(tmp_path))) >= (4 if closed else 6)
    assert search(files(tmp_path), PLANTED) == []
    out, err = capfd.readouterr()
    assert search([("log", caplog.text.encode()), ("out", (out + err).encode())], PLANTED) == []
    place.close()


async def test_with_sealing_off_the_same_search_finds_them(tmp_path):
    place = in_directory(tmp_path / "data", seal=False)
    await live(place)
    place.close()
    found = search(files(tmp_path), PLANTED)
    assert {one.split(": ", 1)[1] for one in found} == set(PLANTED)


@pytest.mark.parametrize(
    "hide",
    [
        lambda text: b"before " + text.encode() + b" after",
        lambda text: text.encode().hex().encode(),
        lambda text: b"x" + base64.b64encode(b"12" + text.encode() + b"345"),
        lambda text: base64.b64encode(b"1" + text.encode() + b"345"),
        lambda text: text.encode("utf-16-le"),
        lambda text: b"junk" * 99 + zlib.compress(b"a" * 50 + text.encode()) + b"junk",
        lambda text: b"junk" + gzip.compress(text.encode().hex().encode()),
        lambda text: text.upper().encode("utf-16-be"),
    ],
)
def test_the_search_finds_what_is_hidden(hide):
    assert search([("file", hide(EMAIL))], [EMAIL]) == [f"file: {EMAIL}"]
