"""The recipes' numbers, to the hundredth: a stand-in for Watchword answers any trust that a test wants, over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
from litestar import Litestar, delete, get, post
from litestar.params import FromPath, JSONBody
from tests.examples.world import new, served, wait
from watchword_client import Watchword

import account_takeover  # isort: skip
import checkout_bots  # isort: skip
import crypto_withdrawal  # isort: skip
import exam_proctoring  # isort: skip
import game_accounts  # isort: skip
import health_records  # isort: skip
import high_value_transfer  # isort: skip
import insider_monitoring  # isort: skip
import vpn_admission  # isort: skip

BOT_CODES = ("UNIFORM_TYPING_RHYTHM", "FAST_TYPING", "REPETITIVE_POINTER_PATH", "SYNTHETIC_POINTER_STRAIGHT")


class StandIn:
    """Says what it is told to say, and keeps what it is asked."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Trusts everybody, and remembers nothing."""
        self.trust, self.anomaly, self.codes, self.action = 95.0, False, (), "allow"
        self.status = 200
        self.alerts: list[dict[str, Any]] = []
        self.events: list[dict[str, Any]] = []

    def app(self) -> Litestar:
        """The four endpoints that recipes ask."""

        @post("/api/v1/behavior/score", status_code=200)
        async def score() -> dict[str, Any]:
            if self.status != 200:
                raise httpx.HTTPError("down")
            reasons = [{"code": code, "message": "", "contribution": -1.0} for code in self.codes]
            return {"trustScore": self.trust, "isAnomaly": self.anomaly, "topReasons": reasons, "confidence": 0.9}

        @post("/api/v1/events", status_code=200)
        async def decide(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
            self.events.append(data)
            return {"id": "dec_1", "action": self.action, "challenge": {"id": "chl_1"}}

        @post("/api/v1/alerts")
        async def alert(data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
            self.alerts.append(data)
            return data

        @post("/api/v1/sessions")
        async def begin() -> dict[str, Any]:
            return {"sessionToken": "t"}

        @delete("/api/v1/sessions/{number:str}")
        async def end(number: FromPath[str]) -> None: ...

        @get("/health")
        async def health() -> None: ...

        return Litestar([score, decide, alert, begin, end, health])

    def last(self) -> dict[str, Any]:
        """The newest alert."""
        return self.alerts[-1]


Serve = Callable[..., httpx.Client]


class Stage:
    """The stand-in, and the recipes that were served beside it."""

    def __init__(self, stack: ExitStack) -> None:
        self.oracle = StandIn()
        self._stack = stack
        self._base = str(stack.enter_context(served(self.oracle.app())).base_url)
        self._running: dict[Any, httpx.Client] = {}

    def start(self, make_app: Any, *more: Any) -> httpx.Client:
        """A recipe; the same for all tests."""
        if make_app not in self._running:
            app = make_app(Watchword(self._base, "key", 60), *more)
            self._running[make_app] = self._stack.enter_context(served(app))
        return self._running[make_app]


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """One stand-in for all of these tests."""
    with ExitStack() as stack:
        yield Stage(stack)


@pytest.fixture
def oracle(stage: Stage) -> StandIn:
    """Whatever a test wants; as it was at first."""
    stage.oracle.reset()
    return stage.oracle


@pytest.fixture
def serve(stage: Stage) -> Serve:
    """Serves a recipe beside the stand-in."""
    return stage.start


def ask(app: httpx.Client, path: str, **more: Any) -> dict[str, Any]:
    body = {"userId": new("user"), "sessionId": new("s"), "behavior": {"events": [{"type": "nav"}]}} | more
    return app.post(path, json=body).json()  # type: ignore[no-any-return]


def test_log_ins_are_blocked_under_50_or_by_decision(oracle: StandIn, serve: Serve) -> None:
    app = serve(account_takeover.make_app)

    def log_in() -> str:
        body = {
            "username": "ada",
            "password": account_takeover.PASSWORDS["ada"],
            "behavior": {"events": [{"type": "nav"}]},
        }
        return app.post("/login", json=body).json()["action"]  # type: ignore[no-any-return]

    oracle.trust = 50
    assert log_in() == "allow" and oracle.events[-1]["result"] == "success" and not oracle.alerts
    oracle.trust = 49.99
    assert log_in() == "block" and oracle.events[-1]["result"] == "failure", "what was refused is not learnt"
    alert = oracle.last()
    assert (alert["type"], alert["userId"], alert["notifyOwner"]) == ("ACCOUNT_TAKEOVER_ATTEMPT", "ada", True)
    assert alert["details"] == {"userId": "ada", "trustScore": 49.99, "ipAddress": "127.0.0.1"}
    oracle.trust, oracle.action = 99, "block"
    assert log_in() == "block" and oracle.last()["notifyOwner"] is False
    oracle.action = "verify"
    assert log_in() == "verify"


@pytest.mark.parametrize(
    ("amount", "trust", "asks"),
    [(10_000, 0, False), (10_000.01, 69.99, True), (10_000.01, 70, False), (250_000, 70, False), (9_999, 10, False)],
)
def test_transfers_over_10_000_need_70(oracle: StandIn, serve: Serve, amount: float, trust: float, asks: bool) -> None:
    oracle.trust = trust
    answer = ask(serve(high_value_transfer.make_app), "/transfers", amount=amount, currency="EUR", beneficiary="b")
    assert (answer["requireMFA"], answer["approved"]) == (asks, not asks)


@pytest.mark.parametrize(
    ("trust", "anomaly", "severity", "again"),
    [(60, False, None, False), (59.99, False, "MEDIUM", False), (40, False, "MEDIUM", False), (39.99, False, "HIGH", True),
     (95, True, "MEDIUM", False)],
)  # fmt: skip
def test_insiders_under_60_and_40(
    oracle: StandIn, serve: Serve, trust: float, anomaly: bool, severity: str | None, again: bool
) -> None:
    oracle.trust, oracle.anomaly = trust, anomaly
    app = serve(insider_monitoring.make_app, 0.02)
    user = new("user")
    app.post("/shifts", json={"userId": user, "sessionId": "s"})
    wait(lambda: "trustScore" in app.get(f"/shifts/{user}").json())
    seen = app.get(f"/shifts/{user}").json()
    app.delete(f"/shifts/{user}")
    assert (seen.get("severity"), seen["requireReauth"]) == (severity, again)
    assert [(one["type"], one["severity"]) for one in oracle.alerts] == (
        [("ANOMALOUS_BEHAVIOR", severity)] if severity else []
    )


@pytest.mark.parametrize(
    ("trust", "codes", "limited", "answered"),
    [(95, BOT_CODES[:2], True, "placed"), (95, BOT_CODES[:3], False, "requireCaptcha"), (30, (), False, "placed"),
     (29.99, (), False, "requireCaptcha"), (59.99, (), True, "manualReview"), (60, (), True, "placed"),
     (59.99, (), False, "placed"), (29, (), True, "requireCaptcha"), (95, (*BOT_CODES[:2], BOT_CODES[3]), False, "placed")],
)  # fmt: skip
def test_checkouts(
    oracle: StandIn, serve: Serve, trust: float, codes: tuple[str, ...], limited: bool, answered: str
) -> None:
    oracle.trust, oracle.codes = trust, codes  # type: ignore[assignment]
    answer = ask(serve(checkout_bots.make_app), "/checkout", item="print", limitedEdition=limited)
    assert [name for name in ("placed", "requireCaptcha", "manualReview") if answer[name]] == [answered]


@pytest.mark.parametrize(("trust", "access"), [(70, "granted"), (69.99, "denied")])
def test_records_need_70(oracle: StandIn, serve: Serve, trust: float, access: str) -> None:
    oracle.trust = trust
    answer = ask(serve(health_records.make_app), "/records/p-1")
    assert (answer["access"], answer["requireReauth"]) == (access, access == "denied")
    assert oracle.last()["details"]["behavioralVerified"] is (access == "granted")


def test_games_suspend_at_an_anomaly_alone(oracle: StandIn, serve: Serve) -> None:
    app = serve(game_accounts.make_app)
    oracle.trust = 1
    assert ask(app, "/play")["suspended"] is False
    oracle.trust, oracle.anomaly = 12.5, True
    assert ask(app, "/play")["confidence"] == 87.5
    assert oracle.last()["notifyOwner"] is True


@pytest.mark.parametrize(("trust", "admitted"), [(60, True), (59.99, False)])
def test_tunnels_need_60(oracle: StandIn, serve: Serve, trust: float, admitted: bool) -> None:
    oracle.trust = trust
    assert ask(serve(vpn_admission.make_app), "/admissions")["admitted"] is admitted


@pytest.mark.parametrize(
    ("trust", "amount", "new_address", "answered"),
    [(49.99, 10, False, "frozen"), (50, 10, False, "approved"), (49.99, 9_000, True, "frozen"),
     (79.99, 9_000, False, "steps"), (80, 9_000, True, "approved"), (79.99, 10, True, "steps"),
     (79.99, 10, False, "approved")],
)  # fmt: skip
def test_withdrawals(
    oracle: StandIn, serve: Serve, trust: float, amount: float, new_address: bool, answered: str
) -> None:
    oracle.trust = trust
    more = {"amount": amount, "address": "bc1", "newAddress": new_address}
    answer = ask(serve(crypto_withdrawal.make_app), "/withdrawals", **more)
    assert (answer["frozen"], answer["approved"]) == (answered == "frozen", answered == "approved")
    steps = {"requireMFA": True, "requireEmailConfirmation": True, "delayHours": 24}
    assert {name: answer.get(name) for name in steps} == (steps if answered == "steps" else dict.fromkeys(steps))


@pytest.mark.parametrize("anomaly", [False, True])
def test_exams_flag_an_anomaly_once(oracle: StandIn, serve: Serve, anomaly: bool) -> None:
    oracle.trust, oracle.anomaly = 5, anomaly
    app = serve(exam_proctoring.make_app, 0.02)
    students = [new("student"), new("student")]

    def seen() -> dict[str, Any]:
        return app.get("/exams/exam-42").json()["students"]  # type: ignore[no-any-return]

    app.put("/exams/exam-42", json={"students": students, "instructor": "ina"})
    wait(lambda: len(seen()) == 2 and "trustScore" in seen()[students[1]])
    wait(lambda: len(oracle.alerts) == (2 if anomaly else 0))
    flags = {name: one["flags"] for name, one in seen().items()}
    app.put("/exams/exam-42", json={"students": [], "instructor": "ina"})
    assert flags == dict.fromkeys(students, ["IDENTITY_VERIFICATION_FAILED"] if anomaly else [])
    told = [(one["userId"], one["notifyUser"]) for one in oracle.alerts]
    assert told == ([(one, "ina") for one in students] if anomaly else [])


def test_what_holds_while_watchword_does_not_answer(oracle: StandIn, serve: Serve) -> None:
    """Each recipe says what it does then: nobody is locked out by an outage, and nothing large leaves."""
    oracle.status = 503
    money = {"amount": 12_500, "currency": "EUR", "beneficiary": "b"}
    assert ask(serve(high_value_transfer.make_app), "/transfers", **money)["requireMFA"] is True
    assert ask(serve(high_value_transfer.make_app), "/transfers", **money | {"amount": 20})["approved"] is True
    assert ask(serve(vpn_admission.make_app), "/admissions")["admitted"] is False
    record = ask(serve(health_records.make_app), "/records/p-1")
    assert (record["access"], record["behavioralVerified"]) == ("granted", False)
    assert ask(serve(game_accounts.make_app), "/play")["suspended"] is False
    coins = ask(serve(crypto_withdrawal.make_app), "/withdrawals", amount=9_000, address="bc1")
    assert (coins["frozen"], coins["delayHours"]) == (False, 24)
    assert ask(serve(checkout_bots.make_app), "/checkout", item="print")["placed"] is True
    assert ask(serve(checkout_bots.make_app), "/checkout", item="print", limitedEdition=True)["manualReview"] is True


async def test_nobody_is_let_in_by_a_key_that_is_wrong_or_events_that_are_refused(world: Any) -> None:
    wrong = Watchword(world.url, "ww_" + "x" * 43, 60)
    with pytest.raises(PermissionError):
        await wrong.score("ada", "s", None, 100)
    await wrong.close()
    with served(vpn_admission.make_app(world.watchword())) as gateway:
        body = {"userId": "ada", "sessionId": new("s"), "behavior": {"events": [{"type": "key"}]}}
        assert gateway.post("/admissions", json=body).status_code == 400
