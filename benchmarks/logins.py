"""How well log-ins are judged: a simulated year through `Engine.assess`, and twin attackers in preview, beside Freeman.

Read first: everything here is a simulation. A twin is another person of the very same generator (of the same country;
of the same providers and kind of device as well) who logs in to the victim's account, so only knowledge of this user
tells them apart, and knowing the generator helps nobody. The table that judges was fitted on other seeds (11, 21, 31).

`challenged`: the share of honest log-ins, from each user's second on, that score over the threshold at which 99 of 100
twins are stopped. Freeman's score (NDSS 2016) sees the same log-ins in the same run.
"""

from __future__ import annotations

import argparse
import asyncio
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from time import perf_counter

import numpy as np

from benchmarks.measuring import announce, conclude
from watchword.events.login import Login
from watchword.learning.freeman import Freeman
from watchword.learning.trial import TWIN_AIMS, Service, make_service, make_trial, run
from watchword.policy.decision import ACTIONS, Decision

EVALUATION_SEED = 1012
USERS = 15_000
TPR = 0.99
BARRED = ("twin_country", "twin_isp_device")


@dataclass
class Outcome:
    """Scores and actions of honest log-ins (from the second on) and of every kind of twin."""

    scores: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    freeman: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    actions: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))


def features(event: Login, decision: Decision) -> tuple[str, ...]:
    """What Freeman's score looks at."""
    network, agent = decision.facts.network, decision.facts.agent
    return (
        event.ip, str(network.asn), str(network.country), event.user_agent or "",
        f"{agent.browser} {agent.browser_version}", f"{agent.os} {agent.os_version}", agent.device,
    )  # fmt: skip


async def judge(service: Service, scorecard: str) -> Outcome:
    """Every honest log-in, and twins beside them, judged by the engine and by Freeman."""
    outcome, freeman, known = Outcome(), Freeman(), set[str]()
    async for one, decision in run(make_trial(service, scorecard=scorecard), list(TWIN_AIMS.values())):
        if not isinstance(one.event, Login) or not one.event.succeeded or one.event.user_id is None:
            continue
        user, seen = one.event.user_id, features(one.event, decision)
        if user in known:
            outcome.scores[one.truth].append(decision.score)
            outcome.freeman[one.truth].append(freeman.score(user, seen))
            outcome.actions[one.truth][decision.action] += 1
        if one.honest:
            freeman.learn(user, seen)
            known.add(user)
    return outcome


def challenged(honest: Sequence[float], attacks: Sequence[float]) -> float:
    """The share of honest log-ins at or over the threshold that stops `TPR` of the attacks."""
    threshold = np.quantile(attacks, 1 - TPR, method="lower")
    return float(np.mean(np.asarray(honest) >= threshold))


def show_actions(name: str, outcome: Outcome) -> None:
    """Shares of each action at the shipped thresholds."""
    print(f"\n{name}, shipped thresholds: " + ", ".join(f"{action:>9}" for action in ACTIONS[1:]))
    for truth, counted in sorted(outcome.actions.items()):
        shares = ", ".join(f"{counted[action] / counted.total():9.4f}" for action in ACTIONS[1:])
        print(f"  {truth:<16} {counted.total():>7,} log-ins   {shares}")


def main() -> None:
    """Measures and prints; the last line is that of the kind of twin with the worse ratio."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--seed", type=int, default=EVALUATION_SEED)
    asked.add_argument("--users", type=int, default=USERS)
    options = asked.parse_args()
    announce("bench-logins")
    began = perf_counter()
    service = make_service(options.seed, options.users)
    outcome = asyncio.run(judge(service, "log_odds"))
    honest, freeman = outcome.scores["honest"], outcome.freeman["honest"]
    print(f"seed {options.seed}, {options.users:,} people, {len(honest):,} honest log-ins from the second on")
    rows = {}
    for kind in sorted(kind for kind in outcome.scores if kind != "honest"):
        ours, theirs = challenged(honest, outcome.scores[kind]), challenged(freeman, outcome.freeman[kind])
        rows[kind] = {"challenged": round(ours, 4), "freeman_challenged": round(theirs, 4), "tpr": TPR}
        print(f"  {kind:<16} challenged {ours:.4f}, Freeman {theirs:.4f}, ratio {ours / theirs:.3f}")
    show_actions("log_odds", outcome)
    show_actions("weighted_average", asyncio.run(judge(service, "weighted_average")))
    print(f"\n{perf_counter() - began:.0f} s")
    conclude(max((rows[kind] for kind in BARRED), key=lambda row: row["challenged"] / row["freeman_challenged"]))


if __name__ == "__main__":
    main()
