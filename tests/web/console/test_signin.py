"""Nobody gets in without a key or a fresh link, and nobody stays in who should not."""

from __future__ import annotations

import pytest
from tests.web.console.room import Room

from watchword.web.console.doors import IDLE_S, LINK_S, LONGEST_S, TOUCH_S, Doors
from watchword.web.console.signin import safe_target

PAGES = (
    "live",
    "decisions",
    "decisions/dec_1",
    "users",
    "users/ada",
    "policies",
    "feeds",
    "settings",
    "audit",
    "palette",
)


@pytest.mark.parametrize("path", PAGES)
async def test_who_is_not_signed_in_is_sent_to_the_form_and_back_afterwards(room: Room, path: str):
    client = room.browser()
    answer = await client.get(f"/console/{path}")
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/console/sign-in?next=%2Fconsole%2F{path.replace('/', '%2F')}"
    answer = await client.post("/console/sign-in", data={"key": room.keys["admin"], "next": f"/console/{path}"})
    assert f'content="0;url=/console/{path}"' in answer.text


async def test_the_service_opens_on_the_console(room: Room):
    client = room.browser()
    assert (await client.get("/")).headers["location"] == "/console/live"
    assert (await client.get("/console")).headers["location"].startswith("/console/sign-in")


async def test_a_wrong_key_is_refused_and_recorded(room: Room):
    answer = await room.browser().post("/console/sign-in", data={"key": "ww_wrong"})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert ("console", "console.refuse", "") in room.acts()


async def test_a_key_that_sends_events_opens_no_console(room: Room):
    answer = await room.browser().post("/console/sign-in", data={"key": room.keys["service"]})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


async def test_the_cookie_is_for_this_site_and_no_script(room: Room):
    answer = await room.browser().post("/console/sign-in", data={"key": room.keys["viewer"]})
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "path=/console" in cookie
    assert "secure" not in cookie.split("; ")


async def test_beyond_loopback_the_cookie_travels_encrypted_only(room: Room):
    answer = await room.browser("risk.example.com").post("/console/sign-in", data={"key": room.keys["viewer"]})
    assert "; secure" in answer.headers["set-cookie"].lower()


async def test_wrong_keys_are_limited_by_address(room: Room):
    stranger = room.browser(address="198.51.100.9")
    answers = [await stranger.post("/console/sign-in", data={"key": f"ww_{n}"}) for n in range(21)]
    assert [answer.status_code for answer in answers] == [401] * 20 + [429]
    other = await room.browser(address="198.51.100.10").post("/console/sign-in", data={"key": "ww_x"})
    assert other.status_code == 401


async def test_a_link_opens_once(room: Room):
    link, client = room.invite(), room.browser()
    assert (await client.get(link)).status_code == 200
    assert (await client.get("/console/live")).status_code == 200
    assert (await room.browser().get(link)).status_code == 401


async def test_a_link_is_too_old_after_an_hour(room: Room):
    link = room.invite()
    room.now_s += LINK_S + 1
    assert (await room.browser().get(link)).status_code == 401


async def test_a_link_can_not_be_changed_to_another_role(room: Room):
    link = room.invite("viewer")
    assert (await room.browser().get(link.replace(".viewer.", ".admin."))).status_code == 401
    assert (await room.browser().get("/console/enter/made.up")).status_code == 401


async def test_a_session_idles_out_after_an_hour_and_ends_after_twelve(room: Room):
    guest = await room.signed_in("admin")
    room.now_s += IDLE_S - 1
    assert (await guest.open("live")).status_code == 200
    room.now_s += IDLE_S + 1
    assert (await guest.open("live")).status_code == 303
    guest = await room.signed_in("admin")
    for _ in range(LONGEST_S // (IDLE_S - TOUCH_S)):
        room.now_s += IDLE_S - TOUCH_S
        last = await guest.open("feeds")
    assert last.status_code == 200
    room.now_s += IDLE_S - TOUCH_S
    assert (await guest.open("live")).status_code == 303


async def test_revoking_a_key_ends_its_sessions(room: Room):
    guest = await room.signed_in("analyst")
    room.service.keys.revoke("the analyst")
    assert (await guest.open("live")).status_code == 303


async def test_signing_out_ends_the_session(room: Room):
    guest = await room.signed_in("admin")
    cookie = guest.client.cookies["watchword_console"]
    assert (await guest.post("sign-out")).headers["location"] == "/console/sign-in"
    again = room.browser()
    again.cookies.set("watchword_console", cookie)
    assert (await again.get("/console/live")).status_code == 303
    assert [act for _, act, _ in room.acts()][-1] == "console.sign_out"


async def test_sessions_and_spent_links_are_known_to_every_process(room: Room):
    guest, link = await room.signed_in("admin"), room.invite()
    other = Doors(room.service.records, room.engine.pseudonyms.of, lambda: room.now_s)
    assert await other.find(guest.client.cookies["watchword_console"]) is not None
    assert await other.redeem(link.rpartition("/")[2]) is not None
    assert await room.console.doors.redeem(link.rpartition("/")[2]) is None


async def test_a_change_needs_the_sessions_token(room: Room):
    guest = await room.signed_in("admin")
    for sent in ({}, {"csrf": "made-up"}):
        answer = await guest.client.post("/console/settings", data={"reason": "x", **sent})
        assert answer.status_code == 403
    assert (await guest.client.post("/console/sign-out")).status_code == 403


async def test_a_change_from_another_site_is_refused(room: Room):
    guest = await room.signed_in("admin")
    guest.client.headers["sec-fetch-site"] = "cross-site"
    assert (await guest.post("sign-out")).status_code == 403
    answer = await guest.client.post("/console/sign-in", data={"key": room.keys["admin"]})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example",
        "//elsewhere.example",
        "/console//elsewhere.example",
        "/api/v1/events",
        "",
        "/console/\\elsewhere.example",
        "/console/sign-out",
        "/console/enter/x",
    ],
)
def test_signing_in_never_leads_elsewhere(target: str):
    assert safe_target(target) == "/console/live"
