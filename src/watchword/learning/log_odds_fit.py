"""Fits the table of the log-odds scorecard on simulated services. Minutes of one core.

Two steps. Familiarity first: honest log-ins (from each user's second on) against twins, people of the same population,
so that the weights say how well a user is known and nothing of what the simulator draws attackers from. Then evidence:
all honest attempts against every kind of attacker, familiarity held fixed, so that evidence only adds what familiarity
has not said. Both sides weigh the same in sum, so the result is a likelihood ratio; the scorecard adds its prior.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import log

import numpy as np

from watchword.events.login import Login
from watchword.learning.crowd import HONEST
from watchword.learning.regression import Belief, Fitted, Matrix, balanced, regress
from watchword.learning.trial import SINGLE_AIMS, TWIN_AIMS, make_service, make_trial, run
from watchword.policy.decision import Terms
from watchword.policy.world import Scheme
from watchword.scoring.log_odds import FAMILIARITY, PRIOR, TERMS, Table, Weight, familiarity, strengths
from watchword.scoring.scorecard import NOTHING

RIDGE = 1.0
"""How strongly weights of familiarity are drawn to zero: as one log-in of unit value would."""

EVIDENCE_SPREAD = 1.5
"""How far, as a standard deviation in log-odds, evidence's weight may lie from what the contract says of its score."""

MEANS_ITSELF = 80.0
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


async def collect(seed: int, people: int) -> Samples:
    """The measurements of one simulated year, through a real engine that allows, and so learns, everything."""
    samples = Samples()
    trial = make_trial(make_service(seed, people), Scheme(terms=Terms(floor="none"), scorecard=lambda *_: NOTHING))
    async for one, decision in run(trial, [*TWIN_AIMS.values(), *SINGLE_AIMS.values()]):
        context = trial.headcount.context
        if isinstance(one.event, Login) and context is not None:
            row = familiarity(context) + strengths(trial.headcount.found)
            samples.add(_sort(one.truth, one.event.succeeded, decision.logins), row)
    return samples


def fit(samples: Sequence[Samples], version: str) -> Table:
    """The table that fits those years best."""
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
    return Table(dict(zip(TERMS, weights, strict=True)), version)


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
    """Threats mean what the contract says: one of score 80, alone, gives 80. Deviations are familiarity's to judge."""
    gained = log(MEANS_ITSELF / (100 - MEANS_ITSELF)) - log(PRIOR / (1 - PRIOR))
    means = [gained / MEANS_ITSELF * 100 if term.startswith("threat") else 0.0 for term in TERMS[FAMILIARITY:]]
    size = len(means)
    return Belief(np.array(means), np.full(size, EVIDENCE_SPREAD**-2), np.zeros(size), np.full(size, np.inf))


def _sort(truth: str, succeeded: bool, logins: int) -> str:
    """Honest log-ins with a history are what familiarity is fitted on; other honest attempts are named apart."""
    return truth if truth != HONEST or (succeeded and logins) else f"{HONEST}_{'first' if succeeded else 'failure'}"


def as_module(table: Table) -> str:
    """The table as the source of `scoring/log_odds_table.py`."""
    lines = [f'    "{term}": ({weight.estimate}, {weight.error}),\n' for term, weight in table.weights.items()]
    return (
        '"""The shipped weights of the log-odds scorecard: estimate and standard error in log-odds a unit.\n\n'
        "Written by `make fit-logins` (`learning/log_odds_fit.py`); not to be edited by hand.\n"
        '"""\n\n'
        f'VERSION = "{table.version}"\n\n'
        "WEIGHTS: dict[str, tuple[float, float]] = {\n" + "".join(lines) + "}\n"
    )
