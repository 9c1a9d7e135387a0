"""Nothing of a session stands in the clear on disk, in logs or on the outputs; a row moved or altered does not open."""

import logging
import shutil

import pytest
from tests.privacy.canary import files, search
from tests.stores import raw
from tests.stores.session_rooms import clicks, keys, room

from watchword.errors import StoreError, Unauthenticated
from watchword.events.sample_log import unpack
from watchword.sessions.records import Transaction

USER, SESSION, FIELD, PAGE = "Zebulon.Quackenbush", "session-canary-4711", "field-canary-hash", "page-canary-hash"
PIN, PAYEE = "739164825501", "IBAN-CANARY-55501"
PLANTED = (USER, SESSION, FIELD, PAGE, PIN, PAYEE)


async def live(here):
    """A session's whole life: typing, clicks, pages, a payment, a challenge, its end, and what is learnt of it."""
    await here.sessions.enrol_mpin(USER, PIN)
    claim, token = await here.open(USER, SESSION, segment="segment-canary")
    stream = await here.sessions.join(claim)
    typed = [{**one, "field": FIELD} for one in keys(0, 120)]
    pages = [{"type": "nav", "page": PAGE, "action": "enter", "t": 50_000.0}]
    await here.send(claim, stream.nonce, 1, typed + pages)
    for number in range(3):
        await here.sessions.context(claim, Transaction(id=f"t{number}", amount=9000, beneficiary=PAYEE))
    assert (await here.sessions.answer_mpin(claim, PIN)).verified
    await here.sessions.flag(claim, "forged_verdict")
    await here.sessions.end(claim)
    here.clock.forward(hours=30)
    assert await here.sessions.learn(USER) == 1
    other, _ = await here.open(USER, SESSION + "-2")
    assert not (await here.sessions.answer_mpin(other, "000000")).verified
    await here.sessions.state(SESSION, USER)
    return token


@pytest.mark.parametrize("closed", [True, False])
async def test_nothing_planted_is_found(tmp_path, caplog, capfd, closed):
    caplog.set_level(logging.DEBUG)
    here = room(tmp_path / "data")
    token = await live(here)
    if closed:
        await here.close()
    else:
        shutil.copytree(tmp_path / "data", tmp_path / "copy")
    assert search(files(tmp_path), (*PLANTED, token)) == []
    out, err = capfd.readouterr()
    assert search([("log", caplog.text.encode()), ("out", (out + err).encode())], (*PLANTED, token)) == []
    await here.close()


async def test_with_the_keys_the_same_search_finds_all_but_secrets(tmp_path):
    here = room(tmp_path / "data")
    token = await live(here)
    await here.close()
    bodies = list(raw.opened(tmp_path / "data"))
    plain = [(table, body) for table, body in bodies if table != "sample"]
    samples = [str(unpack(body)).encode() for table, body in bodies if table == "sample"]
    found = search([*plain, *(("sample", one) for one in samples)], (*PLANTED, token))
    assert {one.split(": ", 1)[1] for one in found} == {USER, SESSION, FIELD, PAGE}
    assert search([("person", body) for table, body in bodies if table == "behavior"], ["$argon2id$"])


async def test_an_erased_person_opens_nowhere(tmp_path):
    here = room(tmp_path / "data")
    await live(here)
    await here.open("ben", "ben-session")
    shutil.copytree(tmp_path / "data", tmp_path / "copy")
    here.clock.forward(seconds=1)
    await here.deployment.people.erase(USER)
    await here.close()
    for table in ("session", "sample", "risk", "behavior"):
        left = 1 if table == "session" else 0
        assert raw.query(tmp_path / "data", f"select count(*) from {table}") == [(left,)], table
    for data, key in ((tmp_path / "data", None), (tmp_path / "copy", tmp_path / "data")):
        opened = [(table, body) for table, body in raw.opened(data, key)]
        assert search(opened, (USER, SESSION)) == []
        assert search(opened, ("ben-session",))


async def test_a_restored_copy_brings_no_session_back(tmp_path):
    here = room(tmp_path / "data")
    await live(here)
    await here.close()
    shutil.copyfile(tmp_path / "data" / "watchword.db", tmp_path / "watchword.db")
    here = room(tmp_path / "data", here.clock)
    here.clock.forward(seconds=1)
    await here.deployment.people.erase(USER)
    await here.close()
    shutil.copyfile(tmp_path / "watchword.db", tmp_path / "data" / "watchword.db")
    here = room(tmp_path / "data", here.clock)
    assert (await here.deployment.people.export(USER))["sessions"] == []
    for table in ("session", "sample", "risk", "behavior"):
        assert raw.query(tmp_path / "data", f"select count(*) from {table}") == [(0,)], table
    await here.close()


async def test_a_row_moved_or_altered_does_not_open(tmp_path):
    here = room(tmp_path / "data")
    first, _ = await here.open("ann", "s1")
    second, _ = await here.open("ann", "s2")
    for claim in (first, second):
        await here.send(claim, "own", 1, clicks(0))
    await here.close()
    _, (other,) = raw.query(tmp_path / "data", "select body from session order by seq")
    raw.change(tmp_path / "data", "update session set body=? where seq=1", other)
    raw.change(tmp_path / "data", "update sample set body=zeroblob(80)")
    here = room(tmp_path / "data", here.clock)
    with pytest.raises(StoreError):
        await here.sessions.state("s1", "ann")
    with pytest.raises(StoreError):
        await here.send(first, "own", 10, clicks(0))
    assert await here.risk(second) == 0.1
    await here.close()


async def test_a_token_is_kept_as_a_digest_and_guessing_ends_nowhere(tmp_path):
    here = room(tmp_path / "data")
    _, token = await here.open("ann", "s1")
    for at in range(0, len(token), 7):
        wrong = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        with pytest.raises(Unauthenticated):
            await here.sessions.admit("s1", wrong)
    await here.close()
