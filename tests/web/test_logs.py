"""The log: what is told, and what never is."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from watchword.bootstrap import memory_engine
from watchword.engine import Engine
from watchword.events.login import Login
from watchword.policy.settings import EngineSettings
from watchword.web.logs import DecisionLog, configure_logs

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
PERSONAL = ("ana.planted", "203.0.113.77", "Planted/1.0", "planted@example.org", "planted-device")


async def provoke(engine: Engine, times: int) -> None:
    """Failed log-ins of one user, close together."""
    for number in range(times):
        await engine.assess(
            Login(
                id=f"{PERSONAL[0]}-{number}", occurred_at=NOW, user_id=PERSONAL[0], ip=PERSONAL[1],
                user_agent=PERSONAL[2], device_fingerprint=PERSONAL[4], result="failure",
            )
        )  # fmt: skip


@pytest.mark.parametrize(("everything", "expected"), [(False, 3), (True, 8)])
async def test_flagged_decisions_are_logged_without_anything_personal(
    everything: bool, expected: int, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_logs("info")
    engine = memory_engine(clock=lambda: NOW)
    log = DecisionLog(lambda: EngineSettings(log_all_events=everything))
    engine.listen(log)
    await provoke(engine, 8)
    log.flush()
    text = capsys.readouterr().err
    lines = [orjson.loads(line) for line in text.splitlines()]
    assert [line["event"] for line in lines] == ["decision"] * expected
    assert lines[-1]["action"] == "block"
    assert "RAPID_LOGINS" in lines[-1]["codes"]
    assert not [planted for planted in PERSONAL if planted in text]
