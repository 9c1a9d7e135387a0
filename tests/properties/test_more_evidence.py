"""Adding evidence never lowers an action, through a real engine, under both scorecards."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.stage import START, Stage

from watchword.events.login import Login
from watchword.policy.decision import ACTIONS, Decision
from watchword.signals.signal import Band, Finding, Signal

FAMILIES = ("VELOCITY", "GEOLOCATION", "ACCOUNT", "DEVICE", "NETWORK", "BEHAVIORAL")
SEVERITIES = ("LOW", "MEDIUM", "HIGH", "CRITICAL")

pieces = st.tuples(
    st.sampled_from(FAMILIES),
    st.sampled_from(SEVERITIES),
    st.one_of(st.sampled_from((30.0, 60.0, 80.0)), st.floats(0, 100)),
    st.sampled_from((0.3, 0.5, 0.9, 1.0)),
)


def _signal(number: int, piece: tuple[Any, ...]) -> Signal:
    family, severity, score, confidence = piece
    code = f"PIECE_{number}"
    finding = Finding(code, min(1.0, score / 100 / confidence), confidence, "Told")
    return Signal(code.lower(), family, ("login",), {code: Band(severity, 0, 100)}, lambda _context: (finding,))


def _decide(stage: Stage, found: list[tuple[Any, ...]]) -> Decision:
    world = replace(stage.engine.world, signals=tuple(_signal(number, piece) for number, piece in enumerate(found)))
    stage.engine.world = world
    event = Login(id="e", occurred_at=START, user_id="ada", ip="81.1.1.1", result="success")
    return asyncio.run(stage.engine.preview(event))


@pytest.mark.parametrize("scorecard", ["weighted_average", "log_odds"])
@given(found=st.lists(pieces, max_size=8), more=pieces)
@settings(max_examples=150, deadline=None)
def test_more_evidence_never_lowers_the_action(scorecard: str, found: list[Any], more: Any) -> None:
    stage = Stage(scorecard=scorecard)
    before, after = _decide(stage, found), _decide(stage, [*found, more])
    assert ACTIONS.index(after.action) >= ACTIONS.index(before.action)
    for decision in (before, after):
        assert sum(part for _, part in decision.contributions) == decision.score
