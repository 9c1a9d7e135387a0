"""Exam proctoring: every minute, is it still the enrolled student who writes?

The exam's id is every student's session id: Watchword keeps sessions by user and session id together. The students'
pages stream to Watchword (`watchword.startSession('exam-42', student)`); this looks at them.

uvicorn --factory exam_proctoring:make_app
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, get, put
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, JSONBody
from msgspec import Struct, field
from watchword_client import Watchword

EVERY_S = 60.0
OTHERWISE = 100.0  # without an answer nobody is flagged
FLAG = "IDENTITY_VERIFICATION_FAILED"
_logger = logging.getLogger(__name__)


class Exam(Struct, rename="camel"):
    """An exam: who writes it, and the instructor's user id, whose enrolled address is written to."""

    students: list[str]
    instructor: str
    seen: dict[str, dict[str, Any]] = field(default_factory=dict)


class Proctor:
    """The exams that are being written."""

    def __init__(self, risk: Watchword) -> None:
        self.risk = risk
        self.exams: dict[str, Exam] = {}

    async def look(self, number: str, exam: Exam, student: str) -> None:
        """One look at one student. A flag is raised once, and stays: people decide what it means."""
        seen = exam.seen.setdefault(student, {"flags": []})
        score = await self.risk.score(student, number, None, OTHERWISE)
        seen["trustScore"] = trust = score["trustScore"]
        if score["isAnomaly"] and FLAG not in seen["flags"]:
            seen["flags"].append(FLAG)
            await self.risk.alert(
                FLAG, "HIGH", userId=student, sessionId=number, notifyUser=exam.instructor,
                message=f"{student} in {number} does not seem to be the enrolled student. Please look.",
                details={"examId": number, "studentId": student, "instructor": exam.instructor, "trustScore": trust},
            )  # fmt: skip

    async def run(self, every_s: float) -> None:
        """Looks at everybody, again and again."""
        while True:
            await asyncio.sleep(every_s)
            for number, exam in tuple(self.exams.items()):
                for student in exam.students:
                    try:
                        await self.look(number, exam, student)
                    except Exception:  # one student who can not be looked at must not end the exam
                        _logger.exception("nobody was looked at")


def make_app(watchword: Watchword | None = None, every_s: float = EVERY_S) -> Litestar:
    """The exam's server."""
    proctor = Proctor(watchword or Watchword.from_environment())

    @put("/exams/{number:str}")
    async def begin(number: FromPath[str], data: JSONBody[Exam]) -> None:
        proctor.exams[number] = Exam(data.students, data.instructor)

    @get("/exams/{number:str}")
    async def tell(number: FromPath[str]) -> dict[str, Any]:
        if number not in proctor.exams:
            raise NotFoundException("There is no such exam.")
        return {"examId": number, "students": proctor.exams[number].seen}

    @asynccontextmanager
    async def watching(_: Litestar) -> AsyncIterator[None]:
        task = asyncio.create_task(proctor.run(every_s))
        yield
        task.cancel()
        await proctor.risk.close()

    return Litestar([begin, tell], lifespan=[watching])
