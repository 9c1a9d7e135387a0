"""The middleware in front of small applications: raw ASGI, Litestar; engine here or a service elsewhere."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from typing import Any
from weakref import WeakKeyDictionary

import httpx
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar, Request, Response, get, post
from tests.web.house import House

from watchword.bootstrap import memory_engine, open_engine
from watchword.engine import Engine
from watchword.policy.decision import Decision
from watchword.policy.lists import Entry
from watchword.web.assessors import RemoteService, judged
from watchword.web.middleware import RiskMiddleware
from watchword.web.risk_options import LoginRule, Person, RiskOptions
from watchword.web.tap import MAX_BYTES, SURE_BYTES, Pool, Tap

PASSWORDS = {"ada": "right", "root": "right"}


class Bank:
    """A raw ASGI application: a log-in, a page, a long upload, a long download."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.chunks: list[int] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.calls.append(scope["path"])
        if scope["path"] == "/login":
            await self._login(scope, receive, send)
        elif scope["path"] == "/upload":
            more = True
            while more:
                message = await receive()
                self.chunks.append(len(message["body"]))
                more = message.get("more_body", False)
            await respond(send, 200, b"thanks")
        elif scope["path"] == "/download":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            for number in range(5):
                await send({"type": "http.response.body", "body": b"%d" % number, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        else:
            await respond(send, 200, b"welcome")

    async def _login(self, scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        given = msgspec.json.decode(body)
        right = PASSWORDS.get(given.get("username")) == given.get("password")
        if right and given["username"] == "root":
            scope["state"]["watchword_user"] = "root"
            scope["state"]["watchword_roles"] = ["super_admin"]
        cookie = [(b"set-cookie", b"session=1")] if right else []
        await respond(send, 200 if right else 401, b"in" if right else b"out", cookie)


async def respond(send: Any, status: int, body: bytes, headers: Any = ()) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [*headers]})
    await send({"type": "http.response.body", "body": body})


HEARD: WeakKeyDictionary[Engine, list[Decision]] = WeakKeyDictionary()


@pytest.fixture
def engine() -> Engine:
    return hear(memory_engine())


def hear(engine: Engine) -> Engine:
    heard: list[Decision] = []
    HEARD[engine] = heard
    engine.listen(lambda recorded: heard.append(recorded.decision))
    return engine


def client(app: Any, address: str = "203.0.113.5") -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=app, client=(address, 1)), base_url="http://bank")


async def recorded(engine: Engine) -> list[Any]:
    """What was decided, in the order in which it was asked; each is in the store."""
    for decision in HEARD[engine]:
        assert await engine.store.decision(decision.id) == decision
    return HEARD[engine]


async def log_in(app: Any, password: str, user: str = "ada", **more: Any) -> httpx.Response:
    async with client(app, **more) as browser:
        return await browser.post("/login", json={"username": user, "password": password})


async def test_a_log_ins_outcome_is_told_by_the_applications_answer(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine)
    assert (await log_in(app, "wrong")).status_code == 401
    answer = await log_in(app, "right")
    assert (answer.status_code, answer.text) == (200, "in")
    events = [decision.event for decision in await recorded(engine)]
    assert [(event.result, event.user_id, event.ip) for event in events] == [
        ("failure", "ada", "203.0.113.5"), ("success", "ada", "203.0.113.5"),
    ]  # fmt: skip
    assert [decision.source for decision in await recorded(engine)] == ["middleware", "middleware"]


async def test_the_library_can_be_given_as_the_engine() -> None:
    async with open_engine(None) as library:
        hear(library.deployment.engine)
        app = RiskMiddleware(Bank(), library)
        assert (await log_in(app, "right")).status_code == 403
        assert app.failures == 0
        (decision,) = await recorded(library.deployment.engine)
        assert (decision.source, decision.evidence[0].code) == ("middleware", "SCRIPTED_CLIENT")


async def test_a_blocked_log_in_never_delivers_its_session(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine)
    answers = [await log_in(app, "wrong") for _ in range(8)]
    assert [answer.status_code for answer in answers] == 5 * [401] + 3 * [403]
    stolen = await log_in(app, "right")
    assert stolen.status_code == 403
    assert "set-cookie" not in stolen.headers
    problem = stolen.json()
    assert stolen.headers["content-type"] == "application/problem+json"
    assert (problem["status"], problem["code"]) == (403, "BLOCKED")
    assert problem["decisionId"] == (await recorded(engine))[-1].id
    assert problem["userMessage"]["title"]
    assert "challenge" in problem
    assert "RAPID" not in stolen.text


async def test_verify_answers_401_with_the_way_on(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine, block_threshold=100)
    answer = [await log_in(app, "wrong") for _ in range(8)][-1]
    assert (answer.status_code, answer.json()["code"]) == (401, "VERIFICATION_REQUIRED")
    assert answer.headers["www-authenticate"].startswith("StepUp")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_other_requests_are_judged_before_the_application_sees_them(engine: Engine) -> None:
    bank = Bank()
    app = RiskMiddleware(bank, engine, block_threshold=40, verification_threshold=30)
    async with client(app) as browser:
        statuses = [(await browser.get("/account")).status_code for _ in range(105)]
    assert statuses[:100] == 100 * [200]
    assert set(statuses[100:]) == {403}
    assert len(bank.calls) == 100
    assert {decision.event.__struct_config__.tag for decision in await recorded(engine)} == {"api_call"}


async def test_exempt_paths_are_not_looked_at(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine)
    async with client(app) as browser:
        for path in ("/health", "/ready", "/metrics", "/health/live"):
            assert (await browser.get(path)).status_code == 200
        assert await recorded(engine) == []
        await browser.get("/healthy")
    assert len(await recorded(engine)) == 1


async def test_exempt_roles_are_judged_and_recorded_but_never_stopped(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine)
    statuses = [(await log_in(app, "right", "root")).status_code for _ in range(9)]
    assert statuses == 9 * [200]
    decisions = await recorded(engine)
    assert decisions[-1].action == "block"
    assert decisions[-1].event.user.roles == ("super_admin",)


async def test_disabled_it_is_not_there(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine, {"enabled": False})
    assert [(await log_in(app, "wrong")).status_code for _ in range(9)] == 9 * [401]
    assert await recorded(engine) == []


async def test_bodies_flow_through_without_being_held_back(engine: Engine) -> None:
    bank = Bank()
    app = RiskMiddleware(bank, engine, logins=[LoginRule("/upload")])
    handed = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal handed
        for _ in range(50):
            handed += 1
            yield b"x" * 100_000

    async with client(app) as browser:
        assert (await browser.post("/upload", content=endless())).text == "thanks"
    assert sum(bank.chunks) == 5_000_000
    assert len(bank.chunks) >= 50


async def test_a_streamed_answer_is_passed_on_piece_by_piece(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine, logins=[LoginRule("/download", "GET")])
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    async def receive() -> Any:
        return {"type": "http.request", "body": b""}

    scope = {"type": "http", "method": "GET", "path": "/download", "headers": [], "client": None}
    await app(scope, receive, send)
    assert [message.get("body") for message in sent[1:]] == [b"0", b"1", b"2", b"3", b"4", b""]


class Broken:
    async def judge(self, event: Any) -> Any:
        raise OSError("no engine for ada")


class Asleep:
    async def judge(self, event: Any) -> Any:
        await asyncio.sleep(60)


@pytest.mark.parametrize("assessor", [Broken(), Asleep()])
async def test_it_fails_open_and_says_so(assessor: Any, caplog: pytest.LogCaptureFixture) -> None:
    app = RiskMiddleware(Bank(), assessor, timeout_ms=20)
    with caplog.at_level(logging.WARNING):
        assert (await log_in(app, "right")).text == "in"
    async with client(app) as browser:
        assert (await browser.get("/account")).text == "welcome"
    assert app.failures == 2
    assert "ada" not in caplog.text


async def test_a_remote_service_judges_as_an_engine_here_would() -> None:
    house = House()
    house.service.engine.clock = memory_engine().clock
    transport = httpx.ASGITransport(app=house.app)
    async with (
        httpx.AsyncClient(transport=transport, base_url="http://watchword") as asked,
        RemoteService("http://watchword", house.keys["service"], client=asked) as remote,
    ):
        app = RiskMiddleware(Bank(), remote)
        statuses = [(await log_in(app, "wrong")).status_code for _ in range(8)]
        assert statuses == 5 * [401] + 3 * [403]
        answer = await log_in(app, "right")
        decision = (await house.ask("admin", "GET", f"/api/v1/decisions/{answer.json()['decisionId']}")).json()
        assert decision["userId"] == "ada"


async def test_a_remote_service_with_a_wrong_key_lets_pass() -> None:
    house = House()
    transport = httpx.ASGITransport(app=house.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://watchword") as asked:
        app = RiskMiddleware(Bank(), RemoteService("http://watchword", "wrong", client=asked))
        assert (await log_in(app, "right")).status_code == 200
        assert app.failures == 1


async def test_the_address_comes_from_declared_proxies_only(engine: Engine) -> None:
    for trusted, seen in (((), "203.0.113.5"), (("203.0.113.0/24",), "198.51.100.1")):
        app = RiskMiddleware(Bank(), engine, trusted_proxies=trusted)
        async with client(app) as browser:
            await browser.get("/account", headers={"x-forwarded-for": "198.51.100.1"})
        assert (await recorded(engine))[-1].event.ip == seen


async def test_fingerprinting_looks_at_headers_only_where_it_is_on(engine: Engine) -> None:
    headers = {"x-device-fingerprint": "d1", "cookie": "secret=1", "authorization": "Bearer secret"}
    for on in (True, False):
        app = RiskMiddleware(Bank(), engine, {"enableDeviceFingerprinting": on})
        async with client(app) as browser:
            await browser.get("/account", headers=headers)
        event = (await recorded(engine))[-1].event
        assert (event.device_fingerprint == "d1") is on
        assert bool(event.headers) is on
        assert "secret" not in str(event)


async def test_who_is_signed_in_can_be_told_by_a_function(engine: Engine) -> None:
    app = RiskMiddleware(Bank(), engine, identify=lambda _scope: Person("eve", ("clerk",)))
    async with client(app) as browser:
        await browser.get("/account")
    event = (await recorded(engine))[-1].event
    assert (event.user_id, event.user.roles) == ("eve", ("clerk",))


async def test_forms_and_redirects_are_understood(engine: Engine) -> None:
    async def classic(scope: Any, receive: Any, send: Any) -> None:
        right = b"right" in (await receive())["body"]
        await respond(send, 302 if right else 200, b"")

    rule = LoginRule("/signin", user_field=("email",), succeeded=frozenset({302}), failed=frozenset({200}))
    app = RiskMiddleware(classic, engine, logins=[rule])
    async with client(app) as browser:
        for password in ("wrong", "right"):
            await browser.post("/signin", data={"email": "ada@example.org", "password": password})
    events = [decision.event for decision in await recorded(engine)]
    assert [(event.user_id, event.result) for event in events] == [
        ("ada@example.org", "failure"),
        ("ada@example.org", "success"),
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[1]", b'{"username": 5.5}', b'{"username": ""}', b"\xff", b'{"username": "' + b"u" * 300 + b'"}'],
)
async def test_a_log_in_without_a_user_is_passed_on(engine: Engine, body: bytes) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await respond(send, 401, b"no")

    async with client(RiskMiddleware(app, engine)) as browser:
        answer = await browser.post("/login", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.text) == (401, "no")
    assert await recorded(engine) == []


async def reads_all(scope: Any, receive: Any, send: Any) -> None:
    """Lets everybody in, and says how much of the body came."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message["body"])
        more = message.get("more_body", False)
    await respond(send, 200, b"%d" % size)


def padded(size: int, behind: bool = False) -> bytes:
    """A log-in of Ada's with that many bytes of nothing, before or behind her name."""
    pad, user = b'"pad": "' + b"x" * size + b'"', b'"username": "ada"'
    return b"{" + b", ".join((user, pad) if behind else (pad, user)) + b"}"


@pytest.mark.parametrize("behind", [False, True])
@pytest.mark.parametrize("size", [63_000, 65_000, 1_000_000])
async def test_padding_hides_nobody(engine: Engine, size: int, behind: bool) -> None:
    app = RiskMiddleware(reads_all, engine)
    body = padded(size, behind)
    async with client(app) as browser:
        answer = await browser.post("/login", content=body, headers={"content-type": "application/json"})
    assert answer.text == str(len(body))
    assert await judged_events(engine) == [("login", "ada")]
    assert (app.misses.counts, app.pool.held) == ({}, 0)


async def judged_events(engine: Engine) -> list[tuple[str, str | None]]:
    """Type and user of each event that was decided on."""
    return [(str(one.event.__struct_config__.tag), one.event.user_id) for one in await recorded(engine)]


async def test_a_body_that_is_too_large_is_judged_as_nobodys_and_named(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    app = RiskMiddleware(reads_all, engine)
    body = padded(MAX_BYTES)
    with caplog.at_level(logging.WARNING):
        async with client(app) as browser:
            for _ in range(3):
                answer = await browser.post("/login", content=body, headers={"content-type": "application/json"})
                assert (answer.status_code, answer.text) == (200, str(len(body)))
    assert await judged_events(engine) == [("api_call", None)] * 3
    assert [one.event.status for one in await recorded(engine)] == [200] * 3
    assert (app.misses.counts, app.failures, app.pool.held) == ({"too large": 3}, 0, 0)
    assert [one.message for one in caplog.records] == [
        "log-ins at /login are judged without their user, too large: {'too large': 1}"
    ]


async def test_what_is_judged_without_a_user_is_stopped_like_any_call() -> None:
    async with open_engine(None) as library:
        blocked = Entry(id="e1", kind="ip", value="203.0.113.5", action="block", reason="guesses")
        await library.deployment.governance.put_entry(blocked, "admin:tests")
        app = RiskMiddleware(reads_all, library)
        async with client(app) as browser:
            stopped = await browser.post("/login", content=padded(MAX_BYTES))
        async with client(app, "203.0.113.6") as browser:
            passed = await browser.post("/login", content=padded(MAX_BYTES))
    assert (stopped.status_code, stopped.json()["code"]) == (403, "BLOCKED")
    assert passed.status_code == 200


async def test_an_application_may_let_nobody_in_whose_log_in_can_not_be_read(engine: Engine) -> None:
    app = RiskMiddleware(reads_all, engine, logins=[LoginRule(refuse_unread=True)])
    async with client(app) as browser:
        large = await browser.post("/login", content=padded(MAX_BYTES))
        nameless = await browser.post("/login", json={"name": "ada"})
        read = await browser.post("/login", json={"username": "ada"})
    assert [(one.status_code, one.json()["code"]) for one in (large, nameless)] == [
        (413, "LOGIN_UNREAD"),
        (422, "LOGIN_UNREAD"),
    ]
    assert read.status_code == 200
    assert await judged_events(engine) == [("api_call", None), ("api_call", None), ("login", "ada")]


async def test_a_user_whom_the_application_names_needs_no_body(engine: Engine) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        scope["state"]["watchword_user"] = "ada"
        await reads_all(scope, receive, send)

    guarded = RiskMiddleware(app, engine)
    async with client(guarded) as browser:
        await browser.post("/login", content=padded(2 * MAX_BYTES))
    assert await judged_events(engine) == [("login", "ada")]
    assert guarded.misses.counts == {}


NAMED = b'{"username": "ada"}'
PART = b'--b1\r\nContent-Disposition: form-data; name="username"\r\n\r\nada\r\n--b1--\r\n'
FILE = b'--b1\r\nContent-Disposition: form-data; name="a"; filename="username"\r\n\r\nx\r\n'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", NAMED),
        ("", NAMED),
        ("application/x-www-form-urlencoded", NAMED),
        ("application/json", NAMED.decode().encode("utf-16")),
        ("application/json", b"\xef\xbb\xbf" + NAMED),
        ("application/json", b'{"username": "ada", "n": NaN}'),
        ("application/json", b'{"username": "eve", "username": "ada"}'),
        ("application/json", b'{"user\\u006eame": "ada"}'),
        ("Application/X-WWW-Form-Urlencoded; charset=utf-8", b"a=1&username=ada&username=ada"),
        ("multipart/form-data; boundary=b1", PART),
        ('Multipart/Form-Data; Boundary="b1"', b"\r\n" + FILE + PART),
    ],
)
async def test_a_log_in_is_read_however_it_is_written(engine: Engine, kind: str, body: bytes) -> None:
    """As applications read it, many of which do not look at the type at all."""
    app = RiskMiddleware(reads_all, engine)
    async with client(app) as browser:
        await browser.post("/login", content=body, headers={"content-type": kind} if kind else {})
    assert await judged_events(engine) == [("login", "ada")]


@pytest.mark.parametrize(
    ("kind", "body", "cause"),
    [
        ("application/json", b"[" * 200_000, "no user"),
        ("application/x-www-form-urlencoded", b"a&" * 200_000 + b"username=ada", "unclear"),
        ("application/x-www-form-urlencoded", b"a=1;" * 200_000 + b"username=ada", "unclear"),
        ("multipart/form-data; boundary=b1", b"--b1\r\n" * 60_000, "unclear"),
        ("multipart/form-data; boundary=b1", b"\r\n--b1" * 60_000, "unclear"),
        ("multipart/form-data", PART, "unclear"),
        ("application/octet-stream", b"\0" * 500_000, "no user"),
    ],
)
async def test_a_success_of_nobody_is_counted_whatever_the_body_is(
    engine: Engine, kind: str, body: bytes, cause: str
) -> None:
    app = RiskMiddleware(reads_all, engine)
    began_s = time.process_time()
    async with client(app) as browser:
        await browser.post("/login", content=body, headers={"content-type": kind})
    assert time.process_time() - began_s < 2
    assert await judged_events(engine) == [("api_call", None)]
    assert app.misses.counts == {cause: 1}


FORM, PARTS = "application/x-www-form-urlencoded", "multipart/form-data; boundary=b1"
ADA = b'--b1\r\nContent-Disposition: form-data; name="username"\r\n\r\nada\r\n'


def also(head: bytes, value: bytes = b"eve") -> bytes:
    """A part of a form, then its end."""
    return b"--b1\r\n" + head + b"\r\n\r\n" + value + b"\r\n--b1--\r\n"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"username=eve&username=ada"),
        (FORM, b"username=eve&email=ada"),
        (FORM, b"username=eve&a=1;username=ada"),
        (FORM, b"username=jos\xe9"),
        (FORM + "; charset=utf-7", b"username=+AGE-da"),
        (FORM, b'{"username": "ada", "a": "&username=eve&"}'),
        ("application/json; a=x-www-form-urlencoded", b'{"username": "ada", "email": "eve"}'),
        (PARTS, ADA + also(b'Content-Disposition: form-data; name="username"')),
        (PARTS, ADA + also(b'Content-Disposition: form-data; name="a"', b"x--b1\r\n" + ADA.replace(b"ada", b"eve"))),
        (PARTS, ADA + also(b'Content-Disposition: form-data; name="a\\"; name=username; b="')),
        (PARTS, ADA + also(b"Content-Disposition: form-data; name*=utf-8''username")),
        (PARTS, ADA + also(b'Content-Disposition: form-data; name="a"\nContent-Disposition: form-data; name="email"')),
        (PARTS, ADA + also(b'Content-Disposition: form-data; name="a"\r\nContent-Transfer-Encoding: base64')),
        (PARTS, ADA + also(b'Content-Disposition: form-data; name="a"\r\nContent-Type: text/plain; charset=utf-16')),
        (PARTS, ADA + b"--b1--\r\n" + ADA.replace(b"ada", b"eve")),
        (PARTS, b"username=eve" + ADA + b"--b1--"),
        (PARTS, ADA),
        ("multipart/form-data; xboundary=b1; boundary=b2", ADA + b"--b1--\r\n"),
        (PARTS + "; a=x-www-form-urlencoded", b"&username=eve&\r\n" + ADA + b"--b1--\r\n"),
    ],
)
@pytest.mark.parametrize("status", [200, 401])
async def test_what_applications_read_differently_is_judged_for_nobody(
    engine: Engine, kind: str, body: bytes, status: int
) -> None:
    """A right password with somebody else's name beside one's own, and a wrong one, which counts for the address."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["body"] == body
        await respond(send, status, b"")

    guarded = RiskMiddleware(app, engine)
    async with client(guarded) as browser:
        await browser.post("/login", content=body, headers={"content-type": kind})
    assert await judged_events(engine) == [("api_call", None)]
    assert guarded.misses.counts == {"unclear": 1}


@pytest.mark.parametrize("more", [[("content-encoding", "gzip")], [("content-type", "text/plain")]])
async def test_a_body_that_is_packed_or_of_two_types_is_unclear(engine: Engine, more: list[tuple[str, str]]) -> None:
    app = RiskMiddleware(reads_all, engine)
    async with client(app) as browser:
        await browser.post("/login", content=NAMED, headers=[("content-type", "application/json"), *more])
    assert app.misses.counts == {"unclear": 1}


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"username=ada&password=a;b%3Bc=1&note=\xe9"),
        (
            PARTS,
            ADA + also(b'Content-Disposition: form-data; name="f"; filename="name=\\"username\\".txt"', b"\r\n\r\n"),
        ),
        (PARTS, ADA + also(b'Content-Disposition: form-data; name="a; name=username"')),
        (PARTS, ADA.replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=UTF-8\r\n\r\n") + b"--b1--"),
    ],
)
async def test_what_is_only_strange_is_still_ada(engine: Engine, kind: str, body: bytes) -> None:
    app = RiskMiddleware(reads_all, engine)
    async with client(app) as browser:
        await browser.post("/login", content=body, headers={"content-type": kind})
    assert await judged_events(engine) == [("login", "ada")]


@given(st.lists(st.lists(st.integers(0, 400_000), max_size=12), max_size=8))
def test_what_is_kept_of_bodies_is_bounded_and_let_go(bodies: list[list[int]]) -> None:
    pool = Pool(each=1_000_000, together=1_500_000)
    taps = [Tap(pool) for _ in bodies]
    for at in range(12):
        for tap, chunks in zip(taps, bodies, strict=True):
            if at < len(chunks):
                tap.see({"type": "http.request", "body": bytes(chunks[at]), "more_body": True})
            assert pool.held <= pool.together + len(bodies) * SURE_BYTES
    for tap, chunks in zip(taps, bodies, strict=True):
        small = sum(chunks) <= SURE_BYTES
        assert not (tap.too_large and small)
        assert tap.too_large or sum(chunks) <= pool.each
        tap.close()
    assert pool.held == 0


async def test_what_was_kept_is_let_go_when_the_application_fails(engine: Engine) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        raise RuntimeError("no data base")

    guarded = RiskMiddleware(app, engine)
    with pytest.raises(RuntimeError):
        async with client(guarded) as browser:
            await browser.post("/login", content=padded(70_000))
    assert guarded.pool.held == 0


def form_behavior(keys: int, field: str = "password") -> dict[str, Any]:
    samples = [
        {"type": "key", "seq": at + 1, "t": 60.0 * at, "down": at % 2 == 0, "field": field, "pos": at // 2}
        for at in range(2 * keys)
    ]
    return {"events": samples}


@pytest.mark.parametrize("encoded", ["json", "form"])
async def test_how_the_form_was_filled_in_goes_with_the_log_in(encoded: str) -> None:
    asked: list[Any] = []

    class Listens:
        async def judge(self, event: Any) -> Any:
            asked.append(event)
            raise TimeoutError

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await respond(send, 200, b"in")

    sent: list[Any] = [form_behavior(8), {"events": []}, "{", 5, [form_behavior(8)], None]
    for rule in (LoginRule(), LoginRule(behavior_field="rhythm")):
        async with client(RiskMiddleware(app, Listens(), logins=[rule])) as browser:
            for behavior in sent:
                text = behavior if isinstance(behavior, str) else msgspec.json.encode(behavior).decode()
                body: Any = {"username": "ada", "rhythm": behavior if encoded == "json" else text}
                await browser.post("/login", **{"json" if encoded == "json" else "data": body})
    carried = [event.behavior and len(event.behavior.events) for event in asked]
    assert carried == [None] * len(sent) + [16] + [None] * (len(sent) - 1)


def test_of_a_form_no_more_is_carried_than_an_event_takes() -> None:
    rule = LoginRule(behavior_field="rhythm")
    carried = [rule.behavior({"rhythm": form_behavior(keys, "f" * 64)}) for keys in (100, 240)]
    assert [form is not None for form in carried] == [True, False]


async def test_a_log_in_is_judged_with_its_forms_rhythm(engine: Engine) -> None:
    body = {"username": "ada", "password": "right", "behavior": form_behavior(8)}
    status = []
    for rule in (LoginRule(), LoginRule(behavior_field="behavior")):
        async with client(RiskMiddleware(Bank(), engine, logins=[rule])) as browser:
            status.append((await browser.post("/login", json=body)).status_code)
    assert status == [200, 401]
    without, judged_with = ({one.code for one in decision.evidence} for decision in await recorded(engine))
    assert judged_with - without == {"MECHANICAL_FORM"}


async def test_in_front_of_litestar(engine: Engine) -> None:
    @post("/login", status_code=200)
    async def log_in_here(request: Request[Any, Any, Any]) -> Response[Any]:
        given = await request.json()
        return Response({"ok": given["password"] == "right"}, status_code=200 if given["password"] == "right" else 401)

    @get("/")
    async def home() -> str:
        return "home"

    app = RiskMiddleware(Litestar([log_in_here, home], openapi_config=None, logging_config=None), engine)  # type: ignore[arg-type]
    assert [(await log_in(app, "wrong")).status_code for _ in range(6)] == 5 * [401] + [403]
    async with client(app, "203.0.113.6") as browser:
        assert (await browser.get("/")).text == "home"


async def test_other_scopes_pass() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    for kind in ("lifespan", "websocket"):
        await RiskMiddleware(app, memory_engine())({"type": kind}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan", "websocket"]


def test_options_are_the_contracts() -> None:
    assert msgspec.to_builtins(RiskOptions()) == {
        "enabled": True, "exemptPaths": ("/health", "/ready", "/metrics"), "exemptUserRoles": ("admin", "super_admin"),
        "blockThreshold": 80.0, "verificationThreshold": 60.0, "enableDeviceFingerprinting": True,
        "trustedProxies": (), "timeoutMs": 2500,
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [{"unknown": 1}, {"blockThreshold": 101}, {"enabled": "yes"}])
def test_wrong_options_are_refused(engine: Engine, wrong: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        RiskMiddleware(Bank(), engine, wrong)
    with pytest.raises((msgspec.ValidationError, TypeError)):
        RiskMiddleware(Bank(), engine, surprise=1)


WIRE: dict[str, Any] = {
    "action": "block", "score": 63.0, "mode": "enforce", "evidence": [{"score": 93.0}, {"score": 20.0}],
    "floor": {"name": "strongest"}, "relief": None, "policies": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "thresholds", "action"),
    [
        ({}, (80, 60), "block"),
        ({}, (95, 60), "verify"),
        ({}, (95, 94), "monitor"),
        ({"floor": None, "action": "verify"}, (80, 60), "verify"),
        ({"floor": None, "action": "verify"}, (60, 50), "block"),
        ({"mode": "monitor", "action": "allow"}, (80, 60), "allow"),
        ({"policies": [{"mode": "list"}], "action": "allow"}, (80, 60), "allow"),
        ({"policies": [{"mode": "live"}], "action": "verify", "score": 10.0}, (80, 60), "verify"),
        ({"policies": [{"mode": "shadow"}]}, (80, 60), "block"),
        ({"relief": "burst", "action": "verify"}, (80, 60), "verify"),
        ({"floor": {"name": "critical"}, "action": "verify"}, (80, 60), "verify"),
        ({"score": 10.0, "evidence": [], "floor": None, "action": "allow"}, (80, 60), "allow"),
    ],
)  # fmt: skip
def test_the_applications_own_thresholds(change: Any, thresholds: tuple[float, float], action: str) -> None:
    assert judged(msgspec.json.encode(WIRE | change)).act(*thresholds) == action
