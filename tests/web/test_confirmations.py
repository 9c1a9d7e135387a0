"""The owner is told, and answers once, by signed links."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import msgspec
import pytest
from tests.web.house import House, login

from watchword.actions.challenges import Enrolling, Told
from watchword.challenging.links import Link, read, signed
from watchword.errors import DeliveryFailed

AGENT = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36"
MAIL = "ada@example.org"


async def enrol(house: House, user: str = "ada", to: str = MAIL) -> None:
    factors = house.service.step_up.factors
    begun = await factors.begin(user, "email_otp", Enrolling(to=to))
    found = re.search(r"\b\d{6}\b", house.service.step_up.outbox.last(to).text)  # type: ignore[union-attr]
    assert found and (await factors.prove(user, begun.factor.id, Told(code=found.group()))).proven


async def stopped(house: House, count: int = 1, **changes: Any) -> list[dict[str, Any]]:
    """Log-ins that were stepped up or refused, after the owner was told."""
    await house.ask("admin", "PUT", "/api/admin/fraud/config", json={"velocityThresholds": {"maxLoginsPerMinute": 1}})
    found: list[dict[str, Any]] = []
    while len(found) < count:
        decision = (await house.send(login(userAgent=AGENT, **changes))).json()
        found += [decision] if decision["action"] in ("verify", "block") else []
    await house.service.step_up.notices.drain()
    return found


def letters(house: House, channel: str = "email") -> list[Any]:
    sent = house.service.step_up.outbox.letters  # type: ignore[union-attr]
    return [one for one in sent if one.channel == channel and "code" not in one.subject]


def links(house: House) -> dict[str, str]:
    found = letters(house, "notice")[-1].data["links"]
    return {name: str(url).removeprefix("http://localhost:8000") for name, url in found.items()}


async def labels(house: House) -> list[str]:
    kept = await house.service.records.all("label")
    return [msgspec.json.decode(one.body)["label"] for one in kept]


async def test_the_owner_is_told_without_how_it_was_found_out(house: House) -> None:
    await enrol(house)
    decision = (await stopped(house))[0]
    letter = letters(house)[0]
    assert letter.to == MAIL and "Somebody signed in" in letter.subject
    assert "2026-11-20 12:00" in letter.text and "not known" in letter.text
    text, html = letter.text, letter.html
    for link in links(house).values():
        assert link in text and link in html
        text, html = text.replace(link, ""), html.replace(link, "")
    for word in ("RAPID", "velocity", "score", "minute", decision["cause"], "192.0.2.10", "risk"):
        assert word not in text and word not in html
    hook = letters(house, "notice")[0].data
    assert hook.keys() == {"userId", "decisionId", "action", "occurredAt", "place", "device", "links"}
    assert (hook["userId"], hook["decisionId"], hook["action"]) == ("ada", decision["id"], decision["action"])


@pytest.mark.parametrize(("name", "label"), [("itWasMe", "confirmed_by_user"), ("itWasNotMe", "fraud")])
async def test_an_answer_becomes_a_label_once(house: House, name: str, label: str) -> None:
    await stopped(house)
    path = links(house)[name]
    page = await house.ask(None, "GET", path)
    assert page.status_code == 200 and page.headers["content-type"].startswith("text/html")
    assert "<form method=post>" in page.text and await labels(house) == []
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert page.headers["referrer-policy"] == "no-referrer" and page.headers["cache-control"] == "no-store"
    done = await house.ask(None, "POST", path)
    assert done.status_code == 200 and "Thank you" in done.text
    assert await labels(house) == [label]
    for other in links(house).values():
        again = await house.ask(None, "POST", other)
        assert "answered already" in again.text and "answered already" in (await house.ask(None, "GET", other)).text
    assert await labels(house) == [label]
    assert any(act.startswith("owner:link label.add") for act in await house.acts())


async def test_racing_answers_become_one_label(house: House) -> None:
    await stopped(house)
    both = list(links(house).values())
    answers = await asyncio.gather(*(house.ask(None, "POST", both[number % 2]) for number in range(8)))
    assert sum("Thank you" in one.text for one in answers) == 1
    assert len(await labels(house)) == 1


async def test_forged_and_ended_links_do_nothing(house: House) -> None:
    await stopped(house)
    path = links(house)["itWasMe"]
    for forged in (
        path[:-2] + ("AA" if path[-2:] != "AA" else "BB"),
        path + "A",
        "/confirm/x",
        "/confirm/" + "A" * 51,
        path[:10] + "é",
    ):
        for method in ("GET", "POST"):
            assert (await house.ask(None, method, forged)).status_code == 404
    house.clock.pass_by(days=7, seconds=1)
    assert "has ended" in (await house.ask(None, "GET", path)).text
    assert "has ended" in (await house.ask(None, "POST", path)).text
    assert await labels(house) == []


async def test_me_and_not_me_can_not_be_swapped(house: House) -> None:
    link = Link("dec_" + "ab" * 16, "me", 1_800_000_000)
    token = signed(link, b"k" * 32)
    assert read(token, b"k" * 32) == link and read(token, b"j" * 32) is None
    swapped = signed(Link(link.decision_id, "not_me", link.until_s), b"k" * 32)
    assert read(token[:28] + swapped[28:], b"k" * 32) != link
    for at in range(len(token)):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        found = read(changed, b"k" * 32)
        assert found is None or found == link


async def test_notices_are_limited_by_user(house: House) -> None:
    await stopped(house, 9)
    assert len(letters(house, "notice")) == 5
    await stopped(house, 1, userId="bob", ip="192.0.2.77")
    assert len(letters(house, "notice")) == 6


async def test_failed_log_ins_and_allowed_ones_tell_nobody(house: House) -> None:
    for _ in range(12):
        await house.send(login(result="failure", userId="eve"))
    await house.send(login(userId="zoe", ip="192.0.2.99"))
    await house.service.step_up.notices.drain()
    assert letters(house, "notice") == []


async def test_notices_can_be_switched_off(house: House) -> None:
    await house.ask("admin", "PUT", "/api/admin/fraud/config", json={"stepUp": {"ownerNotices": False}})
    await stopped(house)
    assert letters(house, "notice") == []


async def test_a_notice_that_did_not_get_through_is_sent_later(house: House) -> None:
    notices = house.service.step_up.notices
    courier, failing = notices._post.courier, True

    class Flaky:
        async def send(self, letter: Any) -> None:
            if failing:
                raise DeliveryFailed("down")
            await courier.send(letter)

    notices._post = msgspec.structs.replace(notices._post, courier=Flaky())
    await stopped(house)
    assert letters(house, "notice") == []
    failing = False
    await notices.again()
    assert letters(house, "notice") == []
    house.clock.pass_by(minutes=3)
    await notices.again()
    await notices.again()
    assert len(letters(house, "notice")) == 1


async def test_what_got_through_is_not_sent_again(house: House) -> None:
    await enrol(house)
    notices = house.service.step_up.notices
    courier, refused = notices._post.courier, ["notice", "notice"]

    class Half:
        async def send(self, letter: Any) -> None:
            if letter.channel in refused:
                refused.remove(letter.channel)
                raise DeliveryFailed("down")
            await courier.send(letter)

    notices._post = msgspec.structs.replace(notices._post, courier=Half())
    await stopped(house)
    assert (len(letters(house)), len(letters(house, "notice"))) == (1, 0)
    for minutes in (3, 5, 9):
        house.clock.pass_by(minutes=minutes)
        await notices.again()
    assert (len(letters(house)), len(letters(house, "notice"))) == (1, 1)
    assert notices._due == set()


async def test_another_process_takes_over_what_is_due_and_what_has_ended_goes(house: House) -> None:
    notices = house.service.step_up.notices
    courier = notices._post.courier

    class Down:
        async def send(self, letter: Any) -> None:
            raise DeliveryFailed("down")

    notices._post = msgspec.structs.replace(notices._post, courier=Down())
    await stopped(house)
    notices._post = msgspec.structs.replace(notices._post, courier=courier)
    notices._due.clear()
    house.clock.pass_by(minutes=3)
    await notices.again()
    assert len(letters(house, "notice")) == 1
    house.clock.pass_by(days=8)
    await notices.again()
    assert await house.service.records.all("notice") == ()


async def test_the_page_speaks_the_owners_language(house: House) -> None:
    await stopped(house, user={"locale": "de-AT"})
    page = await house.ask(None, "GET", links(house)["itWasMe"])
    assert "War diese Anmeldung Ihre?" in page.text and 'lang="de-AT"' in page.text
