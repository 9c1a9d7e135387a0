"""Simulated typists: the same each time, different from one another, and shaped like people."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

from watchword.behaviour.samples import Samples, gather
from watchword.events.samples import Batch, decode_batch
from watchword.learning.typists import PRACTICE, Sitting, make_typist, sit

WHOLE = Sitting(secret=11, text=60, strokes=8, gestures=6)


def samples_of(number: int, session: int, sitting: Sitting = WHOLE, practice: int | None = None) -> Samples:
    return gather(sit(make_typist(5, number), session, sitting, practice))


def gaps(samples: Samples, field: int = 0) -> np.ndarray:
    keys = samples.keys
    return np.diff(keys["down"][keys["field"] == field])


def test_the_same_numbers_give_the_same_session() -> None:
    assert sit(make_typist(5, 1), 3, WHOLE) == sit(make_typist(5, 1), 3, WHOLE)
    assert sit(make_typist(5, 1), 3, WHOLE) != sit(make_typist(5, 1), 4, WHOLE)
    assert sit(make_typist(5, 1), 3, WHOLE) != sit(make_typist(6, 1), 3, WHOLE)


def test_a_session_is_a_batch_that_the_collector_could_send() -> None:
    batch = Batch(session_id="s", nonce="n", first_seq=1, events=sit(make_typist(5, 1), 0, Sitting(11, 30, 2, 3)))
    assert decode_batch(msgspec.json.encode(batch)) == batch


def test_keys_are_all_released_and_secret_ones_have_no_class() -> None:
    keys = samples_of(1, 0).keys
    assert not np.isnan(keys["up"]).any()
    assert (keys["up"] > keys["down"]).all()
    secret = keys["field"] == keys["field"][0]
    assert secret.sum() == 11
    assert (keys["cls"][secret] == -1).all()
    assert (keys["cls"][~secret] >= 0).all()


def test_practice_makes_a_password_faster() -> None:
    first = np.median([gaps(samples_of(1, session, practice=0)).mean() for session in range(20)])
    later = np.median([gaps(samples_of(1, session, practice=200)).mean() for session in range(20)])
    assert first / later == pytest.approx(np.exp(PRACTICE), rel=0.35)


def test_people_differ_more_from_one_another_than_from_themselves() -> None:
    typed = np.array([[np.log(gaps(samples_of(who, 100 + at))).mean() for at in range(8)] for who in range(12)])
    assert typed.mean(axis=1).std() > 1.5 * typed.std(axis=1).mean()


def test_a_stranger_types_the_owners_password_with_other_hands() -> None:
    own, other = make_typist(5, 1), make_typist(5, 2)
    lengths = {len(gather(sit(who, 9, Sitting(11, whose=1))).keys) for who in (own, other)}
    assert lengths == {11}


def test_movements_have_the_shape_of_a_hand() -> None:
    pointer = samples_of(3, 0, Sitting(0, strokes=20)).pointer
    moves = pointer["kind"] == 0
    steps = np.hypot(np.diff(pointer["x"][moves]), np.diff(pointer["y"][moves]))
    assert steps.std() / steps.mean() > 0.5
    assert (pointer["kind"] == 1).sum() == (pointer["kind"] == 2).sum() == 20
