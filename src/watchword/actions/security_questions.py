"""Questions whose answers only their owner should know. The weakest of the challenges: two of three must be right."""

from __future__ import annotations

import unicodedata
from typing import Any

from watchword.actions.challenges import WRONG, Asked, Challenge, Enrolling, Flow, Hash, Match, Result, Told
from watchword.errors import InvalidInput

WANTED = 2
LEAST, MOST = 3, 10
SHORTEST = 3


def ask(asked: Asked) -> Flow:
    """Shows the questions."""
    yield from ()
    questions = asked.held[-1].secret["questions"] if asked.held else ()
    return Result(shown={"questions": [{"id": one["id"], "text": one["text"]} for one in questions], "needed": WANTED})


def check(asked: Asked, kept: dict[str, Any], told: Told) -> Flow:
    """Compares every answer given; which ones were wrong is not told."""
    if not told.answers:
        raise InvalidInput("This challenge is answered by `answers`: a text by question id.", "answers")
    for held in asked.held[-1:]:
        right = 0
        for question in held.secret["questions"]:
            given = told.answers.get(question["id"])
            if given is not None:
                right += yield Match(question["hash"], normalised(given))
        if right >= WANTED:
            return Result(right=True, factor=held.id)
    return WRONG


def enrol(asked: Asked, enrolling: Enrolling) -> Flow:
    """Keeps the questions and the slow hashes of the answers. Raises InvalidInput."""
    pairs = [(text.strip(), normalised(answer)) for text, answer in enrolling.questions]
    if not LEAST <= len(pairs) <= MOST:
        raise InvalidInput(f"{LEAST} to {MOST} questions with their answers are needed.", "questions")
    if len({text.casefold() for text, _ in pairs}) < len(pairs) or len({answer for _, answer in pairs}) < len(pairs):
        raise InvalidInput("Two questions, or two answers, are the same.", "questions")
    if any(not text or len(answer) < SHORTEST for text, answer in pairs):
        raise InvalidInput(f"An answer has at least {SHORTEST} letters or digits.", "questions")
    kept = []
    for number, (text, answer) in enumerate(pairs, 1):
        kept.append({"id": f"q{number}", "text": text, "hash": (yield Hash(answer))})
    return Result(secret={"questions": kept})


def normalised(answer: str) -> str:
    """An answer as it is compared: letters and digits only, without case or accents (NFKD)."""
    plain = unicodedata.normalize("NFKD", answer).casefold()
    return "".join(one for one in plain if one.isalnum())


challenge = Challenge(
    name="security_questions", label="Security questions", ask=ask, check=check, enrol=enrol, at_once=True,
    several=False,
)  # fmt: skip
