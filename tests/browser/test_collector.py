"""The collector in a real Chromium: what it notes, what it never sends, and that nothing is lost or sent twice."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
from tests.sdk.desk import STATIC, Desk, open_desk

from watchword.events.samples import decode_batch

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(not (STATIC / "watchword.js").is_file(), reason="`make setup` has not built the scripts"),
]
SECRET = "Zq7#vKw!Xp9"
START = "([id, options]) => watchword.startSession(id, 'ada', {token: 'token-1', consent: true, ...options})"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with open_desk() as opened:
        yield opened


@pytest.fixture
def page(chromium: Any, desk: Desk) -> Iterator[Any]:
    """A tab in front of the bank. Whatever it logs as an error fails the test."""
    made = chromium.new_context(viewport={"width": 1200, "height": 800}).new_page()
    wrong: list[str] = []
    made.on("console", lambda m: wrong.append(m.text) if m.type == "error" and "WebSocket" not in m.text else None)
    made.on("pageerror", lambda error: wrong.append(str(error)))
    made.goto(desk.base)
    yield made
    made.context.close()
    assert wrong == []


def start(page: Any, session: str = "s1", **options: Any) -> None:
    """Follows a session."""
    page.evaluate(START, [session, options])


def settle(page: Any, desk: Desk) -> None:
    """Until everything that was collected is durable."""
    desk.wait(lambda: desk.hellos)
    desk.wait(lambda: page.evaluate("(watchword.getCounts() ?? {waiting: 0}).waiting") == 0)


def test_keys_travel_as_class_and_position(page: Any, desk: Desk) -> None:
    start(page)
    page.locator("[name=user]").press_sequentially("aJ5 -", delay=20)
    for key in ("Backspace", "ArrowLeft", "Tab"):
        page.keyboard.press(key)
    settle(page, desk)
    keys = desk.samples("key")
    downs = [one for one in keys if one.down]
    assert [one.cls for one in downs if "shift" not in one.cls] == [
        "letter-left", "letter-right", "digit", "space", "punctuation", "backspace", "arrow", "tab",
    ]  # fmt: skip
    assert [one.pos for one in downs] == list(range(len(downs)))
    assert len({one.field for one in keys}) == 1
    for down in downs:
        up = next(one for one in keys if not one.down and one.pos == down.pos)
        assert 5 < up.t - down.t < 30_000 or down.cls in ("backspace", "arrow", "tab")
        assert up.cls == down.cls


def test_the_same_keys_have_the_same_classes_under_every_layout(page: Any, desk: Desk) -> None:
    """A French and a German keyboard send other characters for the same places."""
    start(page)
    page.focus("[name=user]")
    client = page.context.new_cdp_session(page)
    for code, texts in {"KeyQ": "qaй", "KeyY": "yz", "Semicolon": ";mö", "Digit2": "2é", "KeyM": "m,"}.items():
        for text in texts:
            for kind in ("keyDown", "keyUp"):
                client.send("Input.dispatchKeyEvent", {"type": kind, "code": code, "key": text, "text": text})
    settle(page, desk)
    by_code = ["letter-left"] * 3 + ["letter-right"] * 2 + ["punctuation"] * 3 + ["digit"] * 2 + ["letter-right"] * 2
    assert [one.cls for one in desk.samples("key") if one.down] == by_code


def test_a_held_key_is_counted_not_sent(page: Any, desk: Desk) -> None:
    start(page)
    page.focus("[name=user]")
    for _ in range(6):
        page.keyboard.down("a")
    page.keyboard.up("a")
    settle(page, desk)
    assert [one.down for one in desk.samples("key")] == [True, False]
    assert page.evaluate("watchword.getCounts().repeats") == 5


def test_text_that_no_key_wrote_is_named_by_its_way(page: Any, desk: Desk) -> None:
    start(page)
    page.focus("[name=user]")
    page.keyboard.insert_text("pasted by a driver")
    page.evaluate("document.querySelector('[name=user]').dispatchEvent(new Event('input', {bubbles: true}))")
    page.keyboard.type("xy")
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+x")
    page.keyboard.press("Control+v")
    settle(page, desk)
    found = desk.samples("paste")
    assert [(one.via, one.trusted) for one in found] == [("replace", True), ("autofill", False), ("paste", True)]


def test_composition_is_named(page: Any, desk: Desk) -> None:
    start(page)
    page.focus("[name=user]")
    client = page.context.new_cdp_session(page)
    client.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    client.send("Input.insertText", {"text": "日本"})
    settle(page, desk)
    assert "composition" in {one.via for one in desk.samples("paste")}


def test_the_pointer_is_followed_closely(page: Any, desk: Desk) -> None:
    start(page, fields="document")
    box = page.locator("#pay").bounding_box()
    page.mouse.move(10, 10)
    page.mouse.move(box["x"] + box["width"] / 2 + 4, box["y"] + 5, steps=25)
    page.mouse.down()
    page.mouse.up()
    page.mouse.wheel(0, 300)
    settle(page, desk)
    moves = [one for one in desk.samples("pointer") if one.kind == "move"]
    down, up = (one for one in desk.samples("pointer") if one.kind in ("down", "up"))
    assert len(moves) >= 20
    assert (down.target.w, down.target.h) == pytest.approx((box["width"], box["height"]), abs=0.02)
    assert (down.target.dx, down.target.dy) == pytest.approx((4, 5 - box["height"] / 2), abs=0.6)
    assert down.pressure == 0.5 and down.trusted and up.t >= down.t
    assert [one.dy for one in desk.samples("wheel")] == [300]


def test_what_no_person_caused_is_marked(page: Any, desk: Desk) -> None:
    start(page)
    page.evaluate("document.querySelector('#pay').dispatchEvent(new PointerEvent('pointerdown', {bubbles: true}))")
    page.evaluate(
        "document.querySelector('[name=user]').dispatchEvent(new KeyboardEvent('keydown', {bubbles: true, code: 'KeyA'}))"
    )
    settle(page, desk)
    assert [one.trusted for one in desk.samples("pointer")] == [False]
    assert [(one.trusted, one.cls) for one in desk.samples("key")] == [(False, "letter-left")]


def test_fingers(chromium: Any, desk: Desk) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(desk.base)
    start(page)
    page.locator("#pay").tap()
    settle(page, desk)
    assert [one.phase for one in desk.samples("touch")] == ["start", "end"]
    assert desk.samples("pointer") == []
    context.close()


def test_pages_are_steps_without_what_is_personal(page: Any, desk: Desk) -> None:
    start(page)
    page.evaluate("history.pushState({}, '', '/accounts/4711?secret=1#part')")
    page.wait_for_timeout(100)
    page.evaluate("history.pushState({}, '', '/accounts/99')")
    page.wait_for_timeout(100)
    page.evaluate("history.back()")
    page.wait_for_timeout(200)
    settle(page, desk)
    steps = desk.samples("nav")
    assert [one.action for one in steps] == ["enter", "enter", "enter", "back"]
    assert steps[1].page == steps[3].page
    assert len({one.page for one in steps}) == 3


def test_only_what_was_declared_takes_part(page: Any, desk: Desk) -> None:
    start(page)
    page.locator("[name=outside]").click()
    page.keyboard.type("not yours")
    page.wait_for_timeout(100)
    assert {one["type"] for one in page.evaluate("watchword.getEvents()")} == {"nav"}
    start(page, fields="document")
    page.keyboard.type("now")
    assert sum(one["type"] == "key" for one in page.evaluate("watchword.getEvents()")) == 6


def test_no_character_of_a_secret_leaves_the_browser(page: Any, desk: Desk) -> None:
    """Typed, corrected, shown and pasted in every kind of secret field; searched in every byte that was sent."""
    seen: list[bytes] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda frame: seen.append(_bytes(frame))))
    page.on("request", lambda r: seen.append(f"{r.url} {r.headers} ".encode() + (r.post_data_buffer or b"")))
    start(page, fields="document")
    recorded = page.evaluate_handle("watchword.recordForm(document.querySelector('#login'), {consent: true})")
    for name in ("password", "code", "card", "note"):
        page.focus(f"[name={name}]")
        page.keyboard.type(SECRET, delay=5)
        page.keyboard.press("Backspace")
        page.keyboard.type("9")
        page.evaluate(
            "(name) => document.querySelector(`[name=${name}]`).type = 'text'", name
        ) if name != "note" else None
        page.keyboard.type(SECRET)
        page.keyboard.insert_text(SECRET)
    page.keyboard.press("Control+a")
    page.keyboard.press("Control+c")
    page.keyboard.press("Control+v")
    form = page.evaluate("(one) => one.behavior()", recorded)
    page.evaluate("watchword.score('ada', 's1', watchword.getEvents())")
    page.evaluate("watchwordDevice.identify({consent: true, token: 'token-1'})")
    settle(page, desk)
    page.goto(desk.base)
    desk.wait(lambda: sum(name.startswith("GET / ") or name == "GET /" for name, _, _ in desk.requests) == 2)
    everything = [*seen, *desk.frames, *(b" ".join([n.encode(), repr(h).encode(), b]) for n, h, b in desk.requests)]
    assert len(desk.samples("key")) > 100 and len(form["events"]) > 50
    everything.append(msgspec.json.encode(form))
    for spelt in spellings(SECRET):
        assert not any(spelt.lower() in one.lower() for one in everything), spelt
    secret_fields = {one.field for one in desk.samples("key") if one.cls is None}
    assert len(secret_fields) == 4
    assert not [one for one in desk.samples("key") if one.field in secret_fields and one.cls is not None]
    assert "replace" in {one.via for one in desk.samples("paste") if one.field in secret_fields}


def spellings(secret: str) -> list[bytes]:
    """A secret and its parts of four characters, plain, reversed, escaped, as base64 at each offset, hex and codes."""
    parts = [secret, secret[::-1], *(secret[at : at + 4] for at in range(len(secret) - 3))]
    found = []
    for part in parts:
        raw = part.encode()
        codes = [str(one) for one in raw]
        found += [raw, raw.hex().encode(), ",".join(codes).encode(), ", ".join(codes).encode()]
        if len(raw) >= 8:
            found += [base64.b64encode(b"\0" * at + raw)[4 if at else 0 : -4] for at in range(3)]
    return found


def _bytes(frame: Any) -> bytes:
    return frame if isinstance(frame, bytes) else frame.encode()


def test_the_search_would_find_a_leak() -> None:
    for leak in (SECRET, base64.b64encode(f'{{"x":"{SECRET}"}}'.encode()).decode(), SECRET.encode().hex()):
        assert any(one.lower() in leak.encode().lower() for one in spellings(SECRET)), leak


@pytest.mark.parametrize(
    ("options", "gpc"),
    [({"consent": False}, False), ({"consent": None}, False), ({"consent": True}, True)],
    ids=["refused", "never asked", "global privacy control"],
)
def test_without_leave_nothing_is_collected_and_nothing_sent(
    page: Any, desk: Desk, options: dict[str, Any], gpc: bool
) -> None:
    if gpc:
        page.add_init_script("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})")
        page.goto(desk.base)
    before = len(desk.requests)
    start(page, fields="document", **options)
    page.locator("[name=user]").press_sequentially("ada")
    page.mouse.move(300, 300)
    assert page.evaluate("watchword.getEvents()") == []
    assert page.evaluate("o => watchwordDevice.identify({token: 't', ...o})", options) is None
    recorded = page.evaluate("o => watchword.recordForm(document.forms[0], o).behavior()", options)
    failed = page.evaluate("watchword.score('ada', 's1', []).catch((error) => error.code)")
    page.wait_for_timeout(1200)
    assert (recorded, failed) == (None, "NO_CONSENT")
    sent = [name for name, _, _ in desk.requests[before:] if name != "GET /favicon.ico"]
    assert (sent, desk.frames, desk.hellos) == ([], [], [])
    assert page.evaluate("sessionStorage.length + localStorage.length") == 0


def test_security_overrides_privacy_control_only_with_consent(page: Any, desk: Desk) -> None:
    page.add_init_script("Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})")
    page.goto(desk.base)
    start(page, securityPurpose=True, consent=False)
    assert page.evaluate("watchword.getEvents()") == []
    page.evaluate("watchword.consent(true)")
    settle(page, desk)
    assert len(desk.samples("nav")) == 1


def test_consent_taken_back_stops_everything(page: Any, desk: Desk) -> None:
    start(page)
    page.locator("[name=user]").press_sequentially("ab")
    settle(page, desk)
    page.evaluate("watchword.consent(false)")
    kept = len(desk.frames)
    page.locator("[name=user]").press_sequentially("cd")
    page.wait_for_timeout(1000)
    assert len(desk.frames) == kept
    assert page.evaluate("watchword.getEvents()") == []
    desk.wait(lambda: not desk.sockets)


def test_batches_are_what_the_server_reads(page: Any, desk: Desk) -> None:
    start(page)
    page.locator("[name=user]").press_sequentially("hello", delay=30)
    settle(page, desk)
    batches = [decode_batch(one) for one in desk.frames if b'"hello"' not in one[:20]]
    assert batches == desk.batches
    first = batches[0]
    assert (first.session_id, first.user_id, first.nonce, first.first_seq) == ("s1", "ada", "nonce-0", 1)
    assert 0.005 <= first.clock.granularity_ms <= 1
    assert first.screen is not None and first.screen.dpr == 1
    assert "token" not in repr(batches) and all(b"token-1" not in one for one in desk.frames[1:])
    assert not any("token-1" in name for name, _, _ in desk.requests)
    times = [one.t for one in desk.samples()]
    assert times == sorted(times) and times[0] < 1000


def test_after_a_break_nothing_is_lost_and_nothing_twice(page: Any, desk: Desk) -> None:
    desk.acknowledges = False
    desk.break_after = 1
    start(page)
    page.locator("[name=user]").press_sequentially("abc", delay=10)
    desk.wait(lambda: len(desk.hellos) == 2)
    desk.acknowledges = True
    page.locator("[name=user]").press_sequentially("def", delay=10)
    settle(page, desk)
    assert desk.hellos[1]["nonce"] == "nonce-0" and desk.hellos[1]["lastSeq"] == 0
    assert [one.seq for one in desk.samples()] == list(range(1, len(desk.samples()) + 1))
    assert len([one for one in desk.samples("key") if one.down]) == 6
    assert desk.batches[1].first_seq == len(desk.batches[0].events) + 1


def test_what_was_not_acknowledged_is_sent_again(page: Any, desk: Desk) -> None:
    """The connection breaks before the first batch arrives: the server has nothing of it."""
    desk.acknowledges = False
    start(page)
    desk.wait(lambda: desk.batches)
    page.locator("[name=user]").press_sequentially("abc", delay=10)
    desk.wait(lambda: len(desk.samples("key")) == 6)
    desk.durable["nonce-0"].clear()
    desk.acknowledges = True
    desk.say(1011)
    desk.wait(lambda: len(desk.hellos) == 2)
    settle(page, desk)
    assert [one.seq for one in desk.samples()] == list(range(1, len(desk.samples()) + 1))
    assert len(desk.samples("key")) == 6


def test_a_server_that_forgot_gets_a_new_stream(page: Any, desk: Desk) -> None:
    start(page)
    page.locator("[name=user]").press_sequentially("ab")
    settle(page, desk)
    page.evaluate("window.addEventListener('x', () => 0)")
    known = page.evaluate("watchword.getCounts().taken")
    original = desk._welcome

    def forgetful(hello: dict[str, Any]) -> list[Any]:
        return original({key: value for key, value in hello.items() if key != "nonce"})

    desk._welcome = forgetful  # type: ignore[method-assign]
    desk.say(1012)
    desk.wait(lambda: len(desk.hellos) == 2)
    page.locator("[name=user]").press_sequentially("cd")
    settle(page, desk)
    assert [one.seq for one in desk.durable["nonce-0"]] == list(range(1, known + 1))
    assert [one.seq for one in desk.durable["nonce-1"]] == list(range(1, len(desk.durable["nonce-1"]) + 1))
    assert len([one for one in desk.samples("key") if one.down]) == 4


def test_a_refused_batch_does_not_stop_the_stream(page: Any, desk: Desk) -> None:
    desk.acknowledges = False
    start(page)
    desk.wait(lambda: desk.batches)
    desk.durable["nonce-0"].clear()
    desk.acknowledges = True
    desk.say({"type": "error", "code": "INVALID_INPUT", "message": "no", "seq": 0})
    page.locator("[name=user]").press_sequentially("ab")
    settle(page, desk)
    assert len([one for one in desk.samples("key") if one.down]) == 2
    assert [one.seq for one in desk.samples()] == list(range(1, len(desk.samples()) + 1))


def test_buffers_are_bounded_while_the_server_is_away(page: Any, desk: Desk) -> None:
    desk.acknowledges = False
    start(page, fields="document")
    page.evaluate("""() => {
        const make = (type, more) => document.body.dispatchEvent(new PointerEvent(type, {bubbles: true, ...more}));
        for (let at = 0; at < 20_000; at++) make('pointermove', {clientX: at % 500});
        for (let at = 0; at < 20_000; at++) make('pointerdown', {clientX: at % 500});
    }""")
    counts = page.evaluate("watchword.getCounts()")
    assert counts["waiting"] == 6000 and counts["refused"] == 40_001 - 6000
    assert len(page.evaluate("watchword.getEvents()")) <= 2000
    desk.wait(lambda: sum(len(one.events) for one in desk.batches) == 2000)
    assert all(len(one.events) <= 250 for one in desk.batches)
    desk.acknowledges = True
    desk.say({"type": "risk_update", "seq": 2000, "riskScore": 0.1, "level": "normal", "factors": []})
    settle(page, desk)
    assert [one.seq for one in desk.samples()] == list(range(1, 6001))


def test_a_page_that_is_told_to_wait_waits(page: Any, desk: Desk) -> None:
    start(page)
    settle(page, desk)
    told = {"type": "error", "code": "FLOOD", "message": "This session sends too much.", "retryAfterS": 2}
    desk.say(told)
    desk.say(4429)
    desk.wait(lambda: not desk.sockets)
    began = time.monotonic()
    desk.wait(lambda: len(desk.hellos) == 2)
    assert 1.8 < time.monotonic() - began < 6
    assert desk.hellos[1]["nonce"] == "nonce-0"


def test_a_page_that_is_left_hands_over_what_waits(page: Any, desk: Desk) -> None:
    desk.acknowledges = False
    start(page)
    desk.wait(lambda: desk.batches)
    page.locator("[name=user]").press_sequentially("ab")
    page.goto(f"{desk.base}/elsewhere")
    name = "POST /api/v1/sessions/s1/events?userId=ada"
    desk.wait(lambda: any(one == name for one, _, _ in desk.requests))
    headers, body = next((headers, body) for one, headers, body in desk.requests if one == name)
    batch = decode_batch(body)
    assert headers["authorization"] == "Bearer token-1"
    assert (batch.first_seq, batch.nonce) == (1, "nonce-0")
    assert [type(one).__name__ for one in batch.events].count("Key") == 4
    assert batch.events[-1].action == "leave"  # type: ignore[union-attr]


def test_times_go_on_over_pages(page: Any, desk: Desk) -> None:
    start(page)
    settle(page, desk)
    page.wait_for_timeout(300)
    page.goto(f"{desk.base}/second")
    start(page)
    settle(page, desk)
    desk.wait(lambda: len(desk.durable) == 2)
    first, second = (desk.durable[nonce] for nonce in ("nonce-0", "nonce-1"))
    assert second[0].seq == 1 and second[0].t > first[0].t + 300


def test_a_wrong_token_is_asked_for_again_and_then_given_up(page: Any, desk: Desk) -> None:
    desk.token = "another"
    page.evaluate("window.asked = 0; window.lost = []; watchword.on('unauthenticated', (one) => lost.push(one)); 0")
    page.evaluate(
        "watchword.startSession('s1', 'ada', {consent: true, token: async () => { asked++; return 'token-1'; }})"
    )
    desk.wait(lambda: page.evaluate("lost.length") == 1)
    assert page.evaluate("asked") == 3
    assert page.evaluate("watchword.getCounts()") is None


def test_a_score_is_asked_with_the_tokens_bearer(page: Any, desk: Desk) -> None:
    start(page)
    page.locator("[name=user]").press_sequentially("ab")
    settle(page, desk)
    score = page.evaluate("watchword.score('ada', 's1', watchword.getEvents(), {amount: 12})")
    assert score["trustScore"] == 91.5
    _, headers, body = next(one for one in desk.requests if one[0] == "POST /api/v1/behavior/score")
    asked = msgspec.json.decode(body)
    assert headers["authorization"] == "Bearer token-1"
    assert (asked["userId"], asked["sessionId"], asked["context"]) == ("ada", "s1", {"amount": 12})
    assert (asked["nonce"], asked["firstSeq"], asked["events"][0]["seq"]) == ("nonce-0", 1, 1)
    page.evaluate("watchword.clearEvents()")
    assert page.evaluate("watchword.getEvents()") == []


def test_log_out_ends_the_session(page: Any, desk: Desk) -> None:
    start(page)
    settle(page, desk)
    page.evaluate("watchword.endSession()")
    assert [name for name, _, _ in desk.requests if name.startswith("DELETE")] == [
        "DELETE /api/v1/sessions/s1?userId=ada"
    ]
    desk.wait(lambda: not desk.sockets)
    assert page.evaluate("watchword.getEvents()") == []


def test_a_form_is_recorded_for_the_log_in(page: Any, desk: Desk) -> None:
    page.evaluate("window.typed = watchword.recordForm(document.forms[0], {consent: true, field: 'behavior'})")
    page.locator("[name=user]").press_sequentially("ada")
    page.locator("[name=password]").press_sequentially("lovelace")
    page.locator("[name=outside]").press_sequentially("zz")
    before = len(desk.requests)
    behavior = page.evaluate("typed.behavior()")
    assert [one["seq"] for one in behavior["events"]] == list(range(1, len(behavior["events"]) + 1))
    keys = [one for one in behavior["events"] if one["type"] == "key" and one["down"]]
    assert [("cls" in one) for one in keys] == [True] * 3 + [False] * 8
    assert desk.requests[before:] == []
    page.evaluate("document.forms[0].requestSubmit()")
    desk.wait(lambda: any(name == "POST /login" for name, _, _ in desk.requests))
    body = next(body for name, _, body in desk.requests if name == "POST /login")
    assert re.search(rb"behavior=%7B%22clock", body)


def look_ms(page: Any, desk: Desk) -> float:
    """How long the first look takes on a fresh page."""
    page.goto(desk.base)
    script = "const from = performance.now(); watchwordDevice.look({consent: true}); return performance.now() - from"
    return page.evaluate(f"() => {{ {script} }}")  # type: ignore[no-any-return]


def test_a_device_is_told_at_once_and_then_whole(page: Any, desk: Desk) -> None:
    assert any(look_ms(page, desk) < 50 for _ in range(30)), "a busy machine may be slow, but not thirty times"
    known = page.evaluate("watchwordDevice.identify({consent: true, token: 'token-1'})")
    assert known == {"id": "d1", "known": False}
    sent = [msgspec.json.decode(body) for name, _, body in desk.requests if "device-fingerprint" in name and body]
    assert len(sent) == 2
    first, whole = sent
    assert first["deviceData"]["deviceInfo"] == whole["deviceData"]["deviceInfo"]
    assert whole["deviceData"]["browserInfo"]["canvas"] and whole["deviceData"]["browserInfo"]["plugins"]
    hints = {one["name"]: one["value"] for one in whole["hints"]}
    assert hints["webdriver"] is True and hints["devtools"] is True
    assert any(name.startswith("botd:") for name in hints)
    assert not [name for name in hints if name.endswith(":error")], hints
    assert hints["workerRefused" if "workerRefused" in hints else "workerMismatch"] in (True, "")


@pytest.mark.parametrize(
    "never",
    [
        "Permissions.prototype.query = () => new Promise(() => {})",
        "NavigatorUAData.prototype.getHighEntropyValues = () => new Promise(() => {})",
        "window.requestIdleCallback = () => 0",
        "window.Worker = class { terminate() {} }",
        "OfflineAudioContext.prototype.startRendering = () => new Promise(() => {})",
    ],
)
def test_what_a_browser_never_answers_keeps_nobody_waiting(page: Any, desk: Desk, never: str) -> None:
    page.add_init_script(never)
    page.goto(desk.base)
    began = time.monotonic()
    assert page.evaluate("watchwordDevice.identify({consent: true, token: 'token-1'})")["id"] == "d1"
    assert time.monotonic() - began < 30
    sent = [msgspec.json.decode(body) for name, _, body in desk.requests if "device-fingerprint" in name and body]
    assert len(sent) == 2
    assert {one["name"] for one in sent[1]["hints"]} >= {"webdriver", "devtools", "frameWebdriver"}


def test_a_fingerprint_has_the_id_that_the_server_gave(page: Any, desk: Desk) -> None:
    """Asked on this page, or remembered from another; the visitor id only where there is none."""
    page.evaluate("async () => { window.report = await watchwordDevice.collect({consent: true}); }")
    visitor = page.evaluate("report.deviceData.browserInfo.visitorId")
    assert page.evaluate("watchwordDevice.asFingerprint(report).hash") == visitor
    page.evaluate("watchwordDevice.identify({consent: true, token: 'token-1'})")
    told = page.evaluate("watchwordDevice.asFingerprint(report)")
    assert (told["hash"], told["timezone"]) == ("d1", page.evaluate("report.deviceData.deviceInfo.timezone"))
    assert page.evaluate("watchwordDevice.asFingerprint(report, {id: 'dvc_1'}).hash") == "dvc_1"
    for none in ("{id: null}", "null"):
        assert page.evaluate(f"watchwordDevice.asFingerprint(report, {none}).hash") == visitor
