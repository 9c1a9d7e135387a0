"""`watchword assess`: one decision, from the command line."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from watchword.policy.decision import Decision
    from watchword.policy.world import Tell


def assess(
    file: Annotated[Path, typer.Argument(help="A JSON event, or one a line; - for standard input.")],
    data_dir: Annotated[str | None, typer.Option(help="Judge against, and record in, this data directory.")] = None,
    preview: Annotated[bool, typer.Option(help="Judge without any effect.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the decisions as JSON, one a line.")] = False,
) -> None:
    """Judge events and print decisions with their reasons. Without a data directory everything stays in memory.

    Example: echo '{"type":"login","id":"1","occurredAt":"2026-11-20T10:00:00Z","userId":"ana","ip":"192.0.2.7",
    "result":"success"}' | watchword assess -
    """
    lines = (sys.stdin.buffer if str(file) == "-" else file.open("rb")).read()
    asyncio.run(_judge(lines, data_dir, preview, as_json))


async def _judge(lines: bytes, data_dir: str | None, preview: bool, as_json: bool) -> None:
    from watchword.bootstrap import Deployment, LocalEngine
    from watchword.config import load
    from watchword.events.codec import decode_event

    place = {"WATCHWORD_STORE": "memory"} if data_dir is None else {"WATCHWORD_DATA_DIR": data_dir}
    async with LocalEngine(Deployment(load({**os.environ, **place}))) as engine:
        for body in _documents(lines):
            event = decode_event(body)
            decision = await (engine.preview(event) if preview else engine.assess(event))
            _show(decision, engine.world.tell, as_json)


def _documents(text: bytes) -> list[bytes]:
    """One event over several lines, or one a line."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines if len(lines) > 1 and all(line.lstrip().startswith(b"{") for line in lines) else [text]


def _show(decision: Decision, tell: Tell, as_json: bool) -> None:
    from watchword.policy.cause import headline
    from watchword.policy.explanation import encode_wire
    from watchword.streams.words import plain

    if as_json:
        print(encode_wire(decision, tell).decode())
        return
    print(headline(decision))
    for one in decision.evidence:
        print(f"  {one.score / 10_000:5.1f}  {one.code}: {plain(one.message)}")
    for unknown in _unknown(decision):
        print(f"      -  {unknown}")


def _unknown(decision: Any) -> list[str]:
    return [f"{one.code} could not be told: {one.reason}" for one in decision.not_evaluable]
