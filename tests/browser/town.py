"""A service with a month behind it and an attack under way: real engine, real store, invented people.

Documentation addresses (RFC 5737) and AS numbers (RFC 5398) only. To look at it: python -m tests.browser.town
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from tests.browser.sitters import LENA, STRANGER, Sitters, form_of, take_over

from watchword.bootstrap import Deployment
from watchword.config import Service, Settings
from watchword.enrichment.facts import Agent, Facts, Hint, Network, Place
from watchword.events.account_activity import AccountActivity
from watchword.events.event import Event
from watchword.events.login import Login
from watchword.policy.lists import Entry
from watchword.state.stepup import Factor, Rules, Standing, failed, sent
from watchword.web.serving import Lifespan, serve_deployment

NOW = datetime(2026, 11, 20, 0, 21, 36, tzinfo=UTC)
CITIES = {
    "Porto": ("PT", 41.15, -8.61), "Lisbon": ("PT", 38.72, -9.14), "Ponta Delgada": ("PT", 37.74, -25.67),
    "Vigo": ("ES", 42.24, -8.72), "Toronto": ("CA", 43.65, -79.38), "Lagos": ("NG", 6.45, 3.39),
    "Recife": ("BR", -8.05, -34.88), "Osaka": ("JP", 34.69, 135.5), "Nairobi": ("KE", -1.29, 36.82),
    "Lyon": ("FR", 45.76, 4.84), "Cairo": ("EG", 30.04, 31.24), "Denver": ("US", 39.74, -104.99),
    "Athens": ("GR", 37.98, 23.73), "Frankfurt": ("DE", 50.11, 8.68), "Riga": ("LV", 56.95, 24.11),
    "Sofia": ("BG", 42.7, 23.32), "London": ("GB", 51.51, -0.13), "Ashburn": ("US", 39.04, -77.49),
}  # fmt: skip
HOMES = {
    "k.adeyemi": "Lagos", "paulo.reis": "Recife", "marek.n": "Frankfurt", "h.yamada": "Osaka", "s.oduya": "Nairobi",
    "lena.vogt": "Frankfurt", "d.moreau": "Lyon", "amira.s": "Cairo", "j.whitlock": "Denver", "o.lindgren": "Riga",
    "g.papadakis": "Athens", "t.berglund": "Riga", "k.petrov": "Sofia", "y.marchand": "Lyon", "f.amsel": "Frankfurt",
    "ines.duarte": "Porto", "constance.oyelaran-fitzgerald@example.com": "London",
}  # fmt: skip
CHROME = Agent("Chrome", 141, "Windows", "11", "desktop")
HEADLESS = Agent("HeadlessChrome", 141, "Linux", None, "desktop", "HeadlessChrome", "headless")
_numbers = count(1)


def _atlas() -> dict[str, Facts]:
    """Facts by address: a line at home for everybody, others in every city, a host, a Tor exit and a VPN's."""
    found = {
        f"192.0.2.{n}": Facts(place=_place(city), network=Network(asn=64496 + n % 8), agent=CHROME)
        for n, city in enumerate([*HOMES.values(), *CITIES], 1)
    }
    hosting = Network(asn=64511, organisation="Example Hosting", hosting=True, abuse_sources=("one", "two"))
    found["198.51.100.7"] = Facts(place=_place("Ashburn"), network=hosting, agent=CHROME)
    found["198.51.100.8"] = Facts(network=Network(asn=64510, tor=True, country="NL"), agent=CHROME)
    found["198.51.100.9"] = Facts(place=_place("Lyon"), network=Network(asn=64509, vpn=True), agent=CHROME)
    hint = Hint("HEADLESS_BROWSER", 1.0, "WebDriver is set, and the window has no outer size")
    found["203.0.113.84"] = Facts(place=_place("Toronto"), network=Network(asn=64502), agent=HEADLESS, hints=(hint,))
    return found


def _place(city: str) -> Place:
    country, lat, lng = CITIES[city]
    return Place(lat, lng, 10, country, city)


ATLAS = _atlas()
LINE = {user: f"192.0.2.{n}" for n, user in enumerate(HOMES, 1)}
ABROAD = {city: f"192.0.2.{n}" for n, city in enumerate(CITIES, len(HOMES) + 1)}


class Atlas:
    """Facts by address. See `ports.Enricher`."""

    feeds = ()

    def enrich(self, event: Event, now_ms: int) -> Facts:
        return ATLAS.get(event.ip or "", Facts())


class Clock:
    """Stands at a moment until it is let go."""

    def __init__(self) -> None:
        self.now = NOW
        self.began_s: float | None = None

    def __call__(self) -> datetime:
        return self.now if self.began_s is None else self.now + timedelta(seconds=time.monotonic() - self.began_s)


class Town:
    """The deployment, and what happens in it."""

    def __init__(self, directory: Path, running: bool = False) -> None:
        self.clock = Clock()
        self.rng = Random(11)
        self.running = running
        service = Service(data_dir=str(directory), feeds_refresh=False)
        self.deployment = Deployment(Settings(service), self.clock)
        self.deployment.engine.enricher = Atlas()

    def app(self) -> Lifespan:
        """The service, ready to be served."""
        return serve_deployment(self.deployment, *((self._go_on,) if self.running else ()))

    async def log_in(self, user: str, at: datetime, ip: str | None = None, **more: Any) -> str:
        """A log-in; the id of its decision."""
        fields: dict[str, Any] = {
            "result": "success",
            "method": "password",
            "device_fingerprint": f"{user}-laptop",
        } | more
        event = Login(id=f"event-{next(_numbers)}", occurred_at=at, user_id=user, ip=ip or LINE[user], **fields)
        return (await self.deployment.engine.assess(event, "key:bank-web")).id

    async def fill(self) -> None:
        """Lets a month and a night go by."""
        sitters = Sitters(self.deployment, self.clock)
        await sitters.teach(NOW)
        await self._month()
        await self._night()
        await sitters.now(NOW)
        await self._factors()
        await self._office()

    async def _factors(self) -> None:
        """Ines has nearly everything, and somebody guessed at her PIN; Lena has two, one of which was just begun."""
        now_ms, shelf = int(NOW.timestamp() * 1000), self.deployment.step_up.challenging.shelf

        async def put(user: str, days: float, used: float = 0, **fields: Any) -> None:
            owner, at_ms = shelf.owner(user), now_ms - int(days * 86_400_000)
            sealed = shelf.sealed(owner, fields["id"], {})
            factor = Factor(
                made_ms=at_ms, used_ms=now_ms - int(used * 86_400_000) if used else 0, sealed=sealed, **fields
            )
            await shelf.change(owner, lambda standing: (standing.with_factor(factor), None))

        await put("ines.duarte", 210, 2.13, id="fac_1", type="biometric", label="MacBook, Touch ID")
        await put("ines.duarte", 190, 31.4, id="fac_2", type="totp", label="Authenticator on the old telephone")
        await put("ines.duarte", 31, 0.6, id="fac_3", type="pin")
        await put("ines.duarte", 31, id="fac_4", type="email_otp")
        await put("lena.vogt", 12, 1.02, id="fac_5", type="security_questions")
        await put("lena.vogt", 0.001, id="fac_6", type="totp", label="Pixel 10", until_ms=now_ms + 480_000)

        def guessed(standing: Standing) -> tuple[Standing, None]:
            for second in range(6):
                kind = "email_otp" if second == 5 else "pin"
                standing = failed(standing, kind, Rules(), now_ms - 240_000 + second * 9_000)
            return sent(standing, "email_otp", now_ms - 200_000), None

        await shelf.change(shelf.owner("ines.duarte"), guessed)
        await self.deployment.sessions.enrol_mpin("ines.duarte", "482913")

    async def _month(self) -> None:
        """Everybody at home, once or twice a day, in the order in which it happened."""
        for day in range(30, 0, -1):
            for user in HOMES:
                at = NOW - timedelta(days=day, minutes=self.rng.randrange(60, 900))
                self.clock.now = max(at, self.clock.now if day < 30 else at)
                away = (
                    ABROAD[self.rng.choice(("Lisbon", "Vigo", "Ponta Delgada"))]
                    if user == "ines.duarte" and day % 9 == 0
                    else None
                )
                form = {"behavior": form_of(LENA, 30 - day)} if user == "lena.vogt" else {}
                await self.log_in(user, at, away, **form)

    async def _night(self) -> None:
        """The last quarter of an hour: guessing from a host, a stolen password, and people who go on with their lives."""
        self.clock.now = NOW
        await self.log_in("ines.duarte", NOW - timedelta(minutes=40))
        for n in range(12):
            await self.log_in(
                "ines.duarte",
                NOW - timedelta(minutes=5, seconds=-n * 4),
                "203.0.113.84",
                result="failure",
                device_fingerprint="x",
            )
        await self.log_in("ines.duarte", NOW - timedelta(minutes=2), "203.0.113.84", device_fingerprint="x")
        await self.log_in("ines.duarte", NOW - timedelta(minutes=3, seconds=20), session_id="s-20417")
        await self.log_in("lena.vogt", NOW - timedelta(minutes=2), behavior=form_of(STRANGER, 1))
        await self.log_in("amira.s", NOW - timedelta(minutes=4), "198.51.100.8", device_fingerprint="new-1")
        await self.log_in("d.moreau", NOW - timedelta(minutes=3), "198.51.100.9")
        change = AccountActivity(
            id="change-1",
            occurred_at=NOW - timedelta(seconds=70),
            user_id="d.moreau",
            ip="198.51.100.9",
            activity="update_password",
        )
        await self.deployment.engine.assess(change, "key:bank-web")
        for second in range(600, 0, -6):
            at = NOW - timedelta(seconds=second)
            await self._stuffing(at)
            if second % 18 == 0:
                await self.log_in(self.rng.choice([user for user in HOMES if user != "ines.duarte"]), at)

    async def _stuffing(self, at: datetime) -> None:
        users = [user for user in HOMES if user != "ines.duarte"]
        await self.log_in(self.rng.choice(users), at, "198.51.100.7", result="failure", device_fingerprint="script")

    async def _office(self) -> None:
        """What people did by hand."""
        governance, at_ms = self.deployment.governance, int(NOW.timestamp() * 1000)
        await governance.change({"velocityThresholds": {"maxLoginsPerHour": 40}}, "admin:m.ferri", "offices wait less")
        await governance.change({"debugMode": True}, "admin:m.ferri", "looking at one case")
        night = {"name": "night_bulk_export", "sentence": "API calls at night from a hosting address", "action": "monitor",
                 "when": '// Only outside a shift\ntype == "api_call" && hosting && hour < 6', "mode": "shadow"}  # fmt: skip
        rules = [*governance.document()["policies"], night]
        await governance.change({"policies": rules}, "admin:m.ferri", "tried in shadow first")
        for entry in (
            Entry(id="ent_1", kind="ip", value="192.0.2.200/29", action="allow", reason="office of 38", by="analyst:r.okafor",
                  since_ms=at_ms - 86_400_000, until_ms=at_ms + 30 * 86_400_000),
            Entry(id="ent_2", kind="user", value="marek.n", action="verify", override=True, reason="travels until Sunday",
                  by="analyst:l.nowak", since_ms=at_ms - 7_200_000, until_ms=at_ms + 2 * 86_400_000),
        ):  # fmt: skip
            await governance.put_entry(entry, entry.by)
        self.deployment.keys.create("bank-web", "service")

    async def _go_on(self) -> None:
        """Two or three events a second, one in twelve of them an attempt from the host."""
        self.clock.began_s = time.monotonic()
        taken_over = asyncio.create_task(take_over(self.deployment))
        try:
            await self._go_on_forever()
        finally:
            taken_over.cancel()

    async def _go_on_forever(self) -> None:
        users = [user for user in HOMES if user != "ines.duarte"]
        while True:
            await asyncio.sleep(self.rng.uniform(0.1, 0.6))
            if self.rng.random() < 0.08:
                await self._stuffing(self.clock())
            else:
                await self.log_in(self.rng.choice(users), self.clock())


if __name__ == "__main__":
    import uvicorn

    with tempfile.TemporaryDirectory() as folder:
        town = Town(Path(folder) / "data", running=True)
        app = town.app()
        asyncio.run(town.fill())
        print(app.invite("http://127.0.0.1:8123"), file=sys.stderr)
        uvicorn.run(app, port=8123, log_level="warning")
