"""One decision: what we did, and what did it. Judgements of people become labels here."""

from __future__ import annotations

from typing import Any, cast

import msgspec
from litestar import Response, get, post

from watchword.errors import InvalidInput, NotFound
from watchword.web.console import verdict
from watchword.web.console.form import form_of
from watchword.web.console.records import Dossier, Filters, Verdict
from watchword.web.console.shelf import Ask
from watchword.web.console.shell import Console, answer, fragment, here, link, need, page, see
from watchword.web.wire import redact

AROUND_MS = 3_600_000
VERDICTS = ("fraud", "legitimate", "unsure")


@get("/decisions/{decision_id:str}", include_in_schema=False)
async def decision(request: Ask) -> Any:
    """The page of one decision."""
    console, visitor = here(request)
    decision_id = str(request.path_params["decision_id"])
    dossier = await _dossier(console, decision_id)
    wire = dossier.decision
    if visitor.sees_persons:
        await console.desk.ledger.note(visitor.actor, "decision.read", decision_id, {})
    around = await _around(console, dossier) if visitor.sees_persons else []
    encoded = msgspec.json.encode(wire)
    json = msgspec.json.format(encoded if visitor.sees_persons else redact(encoded), indent=2).decode()
    way = verdict.journey(dossier) if visitor.sees_persons else None
    return await page(
        request, "decisions.one.html", dossier=dossier, decision=wire, event=dossier.event, facts=dossier.facts,
        bars=verdict.waterfall(wire), supporting=verdict.supporting(wire), subject=verdict.subject(dossier, visitor),
        explanation=verdict.explanation(wire), journey=way, network=verdict.network_words(dossier),
        agent=verdict.agent_words(dossier), event_said=verdict.event_words(dossier.event, wire["type"]), around=around,
        session=await _session(console, dossier) if visitor.sees_persons else None, form=form_of(wire), json=json,
        label=dossier.labels[-1] if dossier.labels else None, data={"journey": msgspec.to_builtins(way)},
    )  # fmt: skip


@post("/decisions/{decision_id:str}/label", include_in_schema=False)
async def label(request: Ask) -> Response[str]:
    """Takes "was this right?" as a label."""
    console, visitor = here(request)
    need(visitor, "persons")
    decision_id = str(request.path_params["decision_id"])
    given = str((await request.form()).get("verdict", ""))
    if given not in VERDICTS:
        raise InvalidInput("Say fraud, legitimate or unsure.", "verdict")
    await _dossier(console, decision_id)
    await console.desk.decisions.judge(decision_id, cast("Verdict", given), visitor)
    if not request.headers.get("hx-request"):
        return see(link(f"decisions/{decision_id}"))
    dossier = await _dossier(console, decision_id)
    said = dossier.labels[-1] if dossier.labels else None
    return answer(
        fragment(
            "judge.html",
            decision=dossier.decision,
            label=said,
            visitor=visitor,
            csrf=request.state.session.csrf,
            now_ms=console.desk.clock.now_ms(),
        )
    )


async def _dossier(console: Console, decision_id: str) -> Dossier:
    dossier = await console.desk.decisions.one(decision_id)
    if dossier is None:
        raise NotFound(f"There is no decision {decision_id}, or it is older than what is kept.")
    return dossier


async def _session(console: Console, dossier: Dossier) -> str | None:
    """The page of the live session that the event belongs to, where there is one."""
    event = dossier.event
    if event.user_id is None or event.session_id is None:
        return None
    if await console.desk.sessions.state(event.session_id, event.user_id) is None:
        return None
    return link(f"sessions/{event.session_id}", user=event.user_id)


async def _around(console: Console, dossier: Dossier) -> list[Any]:
    event = dossier.event
    if event.user_id is None:
        return []
    at = event.occurred_ms
    filters = Filters(user=event.user_id, from_ms=at - AROUND_MS, to_ms=at + AROUND_MS)
    return (await console.desk.decisions.search(filters, None, 12)).lines
