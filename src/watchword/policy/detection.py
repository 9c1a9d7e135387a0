"""Running the signals: what each finds becomes evidence, and one that fails or is late is named."""

from __future__ import annotations

from watchword.policy.pace import Pace
from watchword.policy.world import World
from watchword.scoring.evidence import Evidence, rank, weigh
from watchword.signals.signal import Context, NotEvaluable, traits_of
from watchword.state.learning import trust_in

Detected = tuple[tuple[Evidence, ...], tuple[NotEvaluable, ...]]


def detect(context: Context, world: World, kind: str, pace: Pace) -> Detected:
    """What all signals for this kind of event find, strongest first, and what they could not tell.

    A signal that raises is missing evidence, and named.
    """
    trust = trust_in(context.history)
    found: list[Evidence] = []
    unknown: list[NotEvaluable] = []
    ticks, deadline, left_out, last = pace.ticks, pace.deadline_ns, pace.left_out, pace.last_ns
    longest = pace.share_ns if pace.taken is None else -1
    by_traits = world.asked.by_kind.get(kind)
    for part, look, signal in by_traits[traits_of(context)] if by_traits else ():
        if (last > deadline or part in left_out) and not pace.may_run(part, last):
            continue
        try:
            for outcome in look(context):
                weighed = outcome if isinstance(outcome, NotEvaluable) else weigh(signal, outcome, trust)
                if isinstance(weighed, NotEvaluable):
                    unknown.append(weighed)
                else:
                    found.append(weighed)
        except Exception as error:  # a plug-in call: the edge
            pace.miss(part, type(error).__name__)
        now = ticks()
        if now - last > longest:
            pace.weigh(part, now - last)
        last = now
    pace.last_ns = last
    if len(found) > 1:
        found.sort(key=rank)
    return tuple(found), tuple(unknown) if unknown else ()
