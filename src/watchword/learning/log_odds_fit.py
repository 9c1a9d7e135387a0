"""Fits the table of the log-odds scorecard on simulated services. Minutes of one core.

Two steps. Familiarity first: honest log-ins (from each user's second on) against twins, people of the same population,
so that the weights say how well a user is known and nothing of what the simulator draws attackers from. Then evidence:
all honest attempts against every kind of attacker, familiarity held fixed, so that evidence only adds what familiarity
has not said. Both sides weigh the same in sum, so the result is a likelihood ratio; the scorecard adds its prior.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np
from msgspec.structs import replace

from watchword.events.login import Login
from watchword.learning.crowd import HONEST
from watchword.learning.regression import Belief, Fitted, Matrix, balanced, regress
from watchword.learning.replay import Judged
from watchword.learning.trial import SINGLE_AIMS, TWIN_AIMS, make_service, make_trial, run, run_campaigns
from watchword.policy.decision import Terms
from watchword.policy.world import Scheme
from watchword.scoring.evidence import Evidence
from watchword.scoring.log_odds import FAMILIARITY, PRIOR, TERMS, Table, Weight, familiarity, strengths
from watchword.scoring.scorecard import NOTHING, Scored
from watchword.signals.signal import Context

RIDGE = 1.0
"""How strongly weights of familiarity are drawn to zero: as one log-in of unit value would."""

EVIDENCE_SPREAD = 1.5
"""How far, as a standard deviation in log-odds, evidence's weight may lie from what the contract says of its score."""

MEANS_ITSELF = 80.0
CAMPAIGNS_A_YEAR = 24
UNSEEN = ("threat.ACCOUNT", "threat.BEHAVIORAL")
AGAINST = (".new", ".new_logins", ".back", ".update")


@dataclass(slots=True)
class Samples:
    """What was measured: `rows` by truth, each the values of `TERMS` of one log-in."""

    rows: dict[str, list[list[float]]] = field(default_factory=dict)

    def add(self, truth: str, row: list[float]) -> None:
        """Adds one log-in."""
        self.rows.setdefault(truth, []).append(row)

    def matrix(self, *truths: str) -> Matrix:
        """All log-ins of those truths."""
        return np.array([row for truth in truths for row in self.rows.get(truth, [])], dtype=np.float64)


class Witness:
    """A scorecard that scores nothing, so that all is allowed and learnt; it keeps what it measured last."""

    def __init__(self) -> None:
        self.row: list[float] = []

    def __call__(self, found: Sequence[Evidence], context: Context) -> Scored:
        """No score."""
        self.row = familiarity(context) + strengths(found)
        return NOTHING


async def collect(seed: int, people: int) -> Samples:
    """The measurements of one simulated year, through a real engine."""
    samples, witness = Samples(), Witness()
    trial = make_trial(make_service(seed, people))
    trial.engine.world = replace(trial.engine.world, scheme=Scheme(terms=Terms(floor="none"), scorecard=witness))
    aims = [*TWIN_AIMS.values(), *SINGLE_AIMS.values()]
    async for one, decision in chain(run(trial, aims), run_campaigns(trial, CAMPAIGNS_A_YEAR)):
        if isinstance(one.event, Login):
            samples.add(_sort(one.truth, one.event.succeeded, decision.logins), witness.row)
    return samples


async def chain(*streams: AsyncIterator[Judged]) -> AsyncIterator[Judged]:
    """One stream after the other."""
    for stream in streams:
        async for judged in stream:
            yield judged


def fit(samples: Sequence[Samples], version: str, origin: str) -> Table:
    """The table that fits those years best; `origin` says which they are."""
    truths = sorted({truth for one in samples for truth in one.rows})
    twins = [truth for truth in truths if truth.startswith("twin_")]
    attacks = [truth for truth in truths if not truth.startswith(HONEST)]
    honest = np.vstack([one.matrix(HONEST) for one in samples])
    guest = np.vstack([one.matrix(*twins) for one in samples])
    first = balanced(honest[:, :FAMILIARITY], guest[:, :FAMILIARITY])
    known = regress(first, _familiar())
    attempts = np.vstack([one.matrix(*(truth for truth in truths if truth.startswith(HONEST))) for one in samples])
    attacked = np.vstack([one.matrix(*attacks) for one in samples])
    second = balanced(attempts[:, FAMILIARITY:], attacked[:, FAMILIARITY:])
    second.offset[:] = np.vstack([attempts, attacked])[:, :FAMILIARITY] @ known.weights
    added = regress(second, _contract())
    weights = [*_rounded(known), *_rounded(added)]
    return Table(dict(zip(TERMS, weights, strict=True)), version, origin)


def _rounded(fitted: Fitted) -> list[Weight]:
    """The weights as they are shipped, to four decimals."""
    pairs = zip(fitted.weights, fitted.errors, strict=True)
    return [Weight(round(float(weight), 4), round(float(error), 4)) for weight, error in pairs]


def _familiar() -> Belief:
    """New values, a browser gone back and updates speak against the user or not at all, known values for him."""
    least = [0.0 if term.endswith(AGAINST) else -np.inf for term in TERMS[:FAMILIARITY]]
    most = [0.0 if term.endswith(".lift") else np.inf for term in TERMS[:FAMILIARITY]]
    return Belief(np.zeros(FAMILIARITY), np.full(FAMILIARITY, RIDGE), np.array(least), np.array(most))


def _contract() -> Belief:
    """Threats mean what the contract says: one of score 80, alone, gives 80. Deviations are familiarity's to judge.

    What no simulated attacker leaves behind stays at that: the years hold only its innocent cases.
    """
    gained = log(MEANS_ITSELF / (100 - MEANS_ITSELF)) - log(PRIOR / (1 - PRIOR))
    means = [gained / MEANS_ITSELF * 100 if term.startswith("threat") else 0.0 for term in TERMS[FAMILIARITY:]]
    least = [mean if term in UNSEEN else 0.0 for term, mean in zip(TERMS[FAMILIARITY:], means, strict=True)]
    most = [mean if term in UNSEEN else np.inf for term, mean in zip(TERMS[FAMILIARITY:], means, strict=True)]
    precisions = np.full(len(means), EVIDENCE_SPREAD**-2)
    return Belief(np.array(means), precisions, np.array(least), np.array(most))


def _sort(truth: str, succeeded: bool, logins: int) -> str:
    """Honest log-ins with a history are what familiarity is fitted on; other honest attempts are named apart."""
    return truth if truth != HONEST or (succeeded and logins) else f"{HONEST}_{'first' if succeeded else 'failure'}"


def as_module(table: Table) -> str:
    """The table as the source of `scoring/log_odds_table.py`."""
    lines = [f'    "{term}": ({weight.estimate}, {weight.error}),\n' for term, weight in table.weights.items()]
    return (
        '"""The shipped weights of the log-odds scorecard: estimate and standard error in log-odds a unit.\n\n'
        f"Written by `watchword learn logins`, not by hand; fitted on {table.origin}.\n"
        '"""\n\n'
        f'VERSION = "{table.version}"\n\n'
        "WEIGHTS: dict[str, tuple[float, float]] = {\n" + "".join(lines) + "}\n"
    )
