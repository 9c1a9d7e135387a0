"""A deployment in memory whose devices visit, log in and age by a clock that is moved by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any

import msgspec
from tests.state.device_park import Device, made

from watchword.bootstrap import memory_engine
from watchword.devices import Cookie, Devices, Seen, Visit
from watchword.enrichment.facts import Facts, Network
from watchword.events.device_data import DeviceData
from watchword.events.label import Label
from watchword.events.login import Login
from watchword.events.verification import Verification
from watchword.policy.decision import Decision
from watchword.ports import Record, Records
from watchword.stores.memory_records import MemoryRecords

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
HOME = Facts(network=Network(asn=2119))
AGENTS = {
    "Windows": "Windows NT 10.0; Win64; x64", "Mac OS X": "Macintosh; Intel Mac OS X 10_15_7",
    "Linux": "X11; Linux x86_64", "Android": "Linux; Android 14; K", "iOS": "iPhone; CPU iPhone OS 17_5 like Mac OS X",
}  # fmt: skip


def wire(device: Device, **more: Any) -> dict[str, Any]:
    """The device as its page tells of it."""
    chrome = f"AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{device.version}.0.0.0"
    return {
        "deviceInfo": {
            "userAgent": f"Mozilla/5.0 ({AGENTS[device.system]}) {chrome} {'Mobile ' if device.mobile else ''}Safari/537.36",
            "platform": device.system, "language": device.languages[0], "languages": list(device.languages),
            "timezone": device.zone, "screenResolution": f"{device.screen[0]}x{device.screen[1]}", "colorDepth": 24,
            "hardwareConcurrency": device.cores, "deviceMemory": device.memory, "pixelRatio": device.ratio,
            "touchPoints": 5 if device.mobile else 0, "cookies": True, "doNotTrack": False,
        },
        "browserInfo": {
            "plugins": [] if device.mobile else ["PDF Viewer"], "fonts": sorted(device.fonts),
            "canvas": f"{device.gpu}|{device.driver}|{device.canvas}|{device.ratio}", "webgl": device.gpu,
            "webglExtensions": sorted(device.extensions), "audio": device.audio / 7, "localStorage": True,
            "sessionStorage": True,
        },
        **more,
    }  # fmt: skip


def desktop(seed: int) -> Device:
    """A desktop's Chrome on Windows."""
    rng = Random(seed)
    while True:
        device = made(rng)
        if (device.system, device.browser) == ("Windows", "Chrome"):
            return device


class World:
    """Devices, an engine, and the time."""

    def __init__(self, records: Records | None = None) -> None:
        self.now = START
        self.engine = memory_engine(clock=lambda: self.now)
        self.records = records or MemoryRecords()
        self.devices = Devices(self.records, self.engine.store, self.engine.pseudonyms, lambda: self.now)
        self._ids = count()

    def wait(self, **span: float) -> None:
        """Lets time pass."""
        self.now += timedelta(**span)

    async def visit(self, device: Device, user: str | None = "ada", cookie: Cookie | None = None, **more: Any) -> Seen:
        """The device shows itself; `facts` and `biometricData` as given."""
        facts, forged = more.pop("facts", HOME), more.pop("forged", False)
        data = msgspec.convert(wire(device, **more), DeviceData)
        seen = await self.devices.see(Visit(data=data, facts=facts, user_id=user, cookie=cookie, forged=forged))
        assert seen is not None
        return seen

    async def consent(self, user: str = "ada", **purposes: bool) -> None:
        """What a person consents to."""
        owner = self.engine.pseudonyms.of("user", user)
        await self.records.put(Record("consent", owner.hex(), msgspec.json.encode(purposes), owner))

    async def login(self, device: str, user: str = "ada", ip: str = "81.166.1.1", result: Any = "success") -> Decision:
        """A log-in on the device of that id, now."""
        return await self.engine.assess(
            Login(
                id=f"login-{next(self._ids)}",
                occurred_at=self.now,
                user_id=user,
                ip=ip,
                result=result,
                device_fingerprint=device,
                user_agent="Mozilla/5.0",
            )
        )

    async def label(self, decision: Decision, label: Any = "fraud") -> None:
        """Says what a log-in proved to be."""
        event = Label(
            id=f"label-{next(self._ids)}", occurred_at=self.now, user_id=decision.event.user_id, label=label,
            target_event_id=decision.event.id, decision_id=decision.id,
        )  # fmt: skip
        await self.engine.assess(event)

    async def verify(self, decision: Decision | None = None, **fields: Any) -> None:
        """Its user passes a check."""
        fields = {"user_id": "ada", "method": "totp", "result": "success", **fields}
        event = Verification(
            id=f"check-{next(self._ids)}", occurred_at=self.now, decision_id=decision.id if decision else None, **fields
        )
        await self.engine.assess(event)

    async def days(self, count: int, device: str, user: str = "ada") -> None:
        """So many days with a log-in each."""
        for _ in range(count):
            await self.login(device, user)
            self.wait(days=1)
