"""An ML engine elsewhere, asked over HTTP: with a time limit, and left alone for a while after it failed."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import httpx

from watchword.errors import InvalidInput
from watchword.ml import Question, decode_verdict, encode_question
from watchword.policy.session_evidence import Verdict

PATH = "/api/v1/ml/verdict"
TIMEOUT_S = 0.2
FAILURES = 3
REST_S = 10.0


class RemoteMl:
    """See `ml.MlEngine`. Three failures in a row, late answers included, and it is not asked for ten seconds.

    `asked` and `failed` count. None is answered while it rests, where it is late or can not be reached, and for an
    answer that is none.
    """

    def __init__(
        self, url: str, key: str | None = None, timeout_s: float = TIMEOUT_S, clock: Callable[[], float] = monotonic
    ) -> None:
        headers = {"content-type": "application/json"} | ({"authorization": f"Bearer {key}"} if key else {})
        self._client = httpx.AsyncClient(base_url=url, headers=headers, timeout=timeout_s)
        self._clock = clock
        self._failures = 0
        self._rests_until = 0.0
        self.asked = self.failed = 0

    async def judge(self, question: Question) -> Verdict | None:
        """See `ml.MlEngine.judge`."""
        if self._clock() < self._rests_until:
            return None
        self.asked += 1
        try:
            answer = await self._client.post(PATH, content=encode_question(question))
            verdict = decode_verdict(answer.raise_for_status().content)
        except (httpx.HTTPError, InvalidInput):
            self._strike()
            return None
        self._failures = 0
        return verdict

    async def close(self) -> None:
        """Ends its connections."""
        await self._client.aclose()

    def _strike(self) -> None:
        self.failed += 1
        self._failures += 1
        if self._failures >= FAILURES:
            self._rests_until = self._clock() + REST_S
