"""`make bench-score`: one call of the score API at the engine, for a user whose template is mature.

Each call brings about 50 keys (100 samples) and 600 pointer samples of a session and is answered with trust, reasons
and phase. The template holds 60 entries of every modality that this person gives (30 of free text), learnt from earlier
sessions of theirs. Decoding of JSON is left out (see `bench-stream`); the store is in memory, so that
what is timed is the engine: packing, the step, features, comparisons, bots, trust. Garbage is collected as in `serve`.
"""

from __future__ import annotations

import asyncio
import gc
from time import perf_counter
from typing import Any, cast

from benchmarks.measuring import announce, baseline_us, conclude, percentile
from watchword.behaviour.samples import gather
from watchword.behaviour.template import Template
from watchword.events.samples import AnySample, Key, Pointer
from watchword.learning.typists import Sitting, Typist, make_typist, numbered, sit
from watchword.sessions.engine import SessionEngine
from watchword.sessions.records import Opening, Scoring

KEYS, POINTER, ENTRIES = 50, 600, 60
CALLS, WARM_UP = 400, 40
SEED = 26


def main() -> None:
    """Teaches one user, then scores their sessions."""
    announce(f"The score call: {KEYS} keys and {POINTER} pointer samples, a template of {ENTRIES} entries a modality")
    conclude(asyncio.run(_measure()))


async def _measure() -> dict[str, Any]:
    from watchword.bootstrap import memory_engine
    from watchword.web.service import memory_service
    from watchword.web.serving import GARBAGE

    gc.set_threshold(*GARBAGE)
    service = memory_service(memory_engine())
    sessions, person = service.sessions, make_typist(SEED, 1)
    template = taught(sessions, person)
    owner = service.engine.pseudonyms.of("user", "ada")
    await sessions.senses.templates.change(owner, lambda _known: template)
    shelves = {name: len(shelf.entries) for name, shelf in template.shelves.items()}
    batches = [stretch(person, 1_000 + at) for at in range(WARM_UP + CALLS)]
    yardstick, took, scores = baseline_us(), list[float](), list[float]()
    for at, events in enumerate(batches):
        asked = Scoring(user_id="ada", session_id=f"session-{at}", events=events)
        await sessions.open(Opening(user_id="ada", session_id=asked.session_id))
        began = perf_counter()
        score = await sessions.score(asked)
        took.append((perf_counter() - began) * 1000)
        scores.append(score.trust_score)
    took = took[WARM_UP:]
    print(f"template: {shelves}")
    print(f"trust: median {percentile(scores, 0.5):.1f}, phase {score.phase}")
    print(", ".join(f"p{share} {percentile(took, share / 100):.3f} ms" for share in (50, 90, 99)))
    print(f"p50 is {percentile(took, 0.5) * 1000 / yardstick:,.0f} x the baseline")
    return {"p50_ms": round(percentile(took, 0.5), 3), "p99_ms": round(percentile(took, 0.99), 3)}


def taught(sessions: SessionEngine, person: Typist) -> Template:
    """The template after so many of that person's sessions."""
    from watchword.policy.session_evidence import extract

    template = Template()
    for session in range(ENTRIES):
        for modality, entry in extract(gather(stretch(person, session)), sessions.senses.eyes, []):
            template = template.plus(modality.name, entry, modality.keep)
    return template


def stretch(person: Typist, session: int) -> tuple[AnySample, ...]:
    """That many keys and pointer samples of one session."""
    samples = sit(person, session, Sitting(secret=11, text=KEYS, strokes=40))
    keys = [one for one in samples if isinstance(one, Key)][: 2 * KEYS]
    moves = [one for one in samples if isinstance(one, Pointer)][:POINTER]
    rest = [one for one in samples if not isinstance(one, Key | Pointer)]
    return numbered(cast(Any, [*keys, *moves, *rest]))


if __name__ == "__main__":
    main()
