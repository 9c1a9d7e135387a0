"""A trial's attacks leave no trace; what is fitted on one year tells twins from owners in another."""

from __future__ import annotations

import numpy as np
import pytest

from watchword.events.login import Login
from watchword.learning.log_odds_fit import as_module, collect, fit
from watchword.learning.trial import TWIN_AIMS, make_service, make_trial, run
from watchword.scoring.log_odds import FAMILIARITY, TERMS, scorecard

PEOPLE = 600


@pytest.mark.slow
async def test_attacks_in_preview_leave_no_trace() -> None:
    """The same year with and without attacks gives every honest log-in the same decision."""
    service = make_service(2, PEOPLE)
    scores = []
    for aims in ([], list(TWIN_AIMS.values())):
        judged = [one async for one in run(make_trial(service, scorecard="log_odds"), aims)]
        scores.append([(one.event.id, decision.score, decision.action) for one, decision in judged if one.honest])
        assert len({one.truth for one, _ in judged}) == 1 + len(aims)
    assert scores[0] == scores[1]


async def test_twins_come_to_people_with_a_history() -> None:
    trial = make_trial(make_service(2, PEOPLE), scorecard="log_odds")
    seen = set[str]()
    async for one, decision in run(trial, list(TWIN_AIMS.values())):
        if one.honest and isinstance(one.event, Login) and one.event.succeeded:
            seen.add(str(one.event.user_id))
        elif not one.honest:
            assert one.event.user_id in seen
            assert decision.logins > 0


@pytest.mark.slow
async def test_what_is_fitted_on_one_year_judges_another() -> None:
    fitted = fit([await collect(3, 1500)], "test", "a test")
    other = await collect(4, 1500)
    weights = np.array([fitted.weights[term].estimate for term in TERMS])[:FAMILIARITY]
    honest = other.matrix("honest")[:, :FAMILIARITY] @ weights
    for kind in TWIN_AIMS:
        twins = other.matrix(kind)[:, :FAMILIARITY] @ weights
        assert np.mean(honest >= np.quantile(twins, 0.01)) < 0.35
        assert np.median(twins) > np.quantile(honest, 0.9)
    assert all(weight.estimate >= 0 for term, weight in fitted.weights.items() if term.endswith(".new"))
    assert all(weight.estimate <= 0 for term, weight in fitted.weights.items() if term.endswith(".lift"))
    scorecard(fitted)
    made: dict[str, object] = {}
    exec(as_module(fitted), made)
    assert made["WEIGHTS"] == {term: (weight.estimate, weight.error) for term, weight in fitted.weights.items()}
