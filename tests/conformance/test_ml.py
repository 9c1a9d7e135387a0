"""What every ML engine promises, in process or as a service: the same answers, and none where it can not answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec
import pytest

from watchword.behaviour.rhythm import learn_entries, modalities
from watchword.behaviour.samples import gather
from watchword.behaviour.template import Template
from watchword.bootstrap import Deployment, all_modalities
from watchword.config import Service, Settings
from watchword.events.samples import AnySample, Key, Pattern
from watchword.learning.typists import Sitting, make_typist, numbered, sit
from watchword.ml import MlEngine, Question, decode_question, encode_question
from watchword.policy.session_evidence import Verdict
from watchword.stores.remote_ml import FAILURES, PATH, REST_S, RemoteMl
from watchword.web.ml import MlService

SITTING = Sitting(secret=11, text=60, strokes=12)
NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)


def taught(number: int, sessions: int) -> Template:
    template = Template()
    for session in range(sessions):
        samples = gather(sit(make_typist(4, number), session, SITTING, practice=50 + session))
        found = [(each.name, one) for each in modalities() for one in each.extract(samples)]
        template = learn_entries(template, found, session)
    return template


def scripted() -> tuple[AnySample, ...]:
    return numbered(Key(seq=1, t=10.0 * at, down=at % 2 == 0, field="message", pos=at // 2, cls="letter-left",
                        trusted=False) for at in range(80))  # fmt: skip


def question(user: str, events: tuple[AnySample, ...]) -> Question:
    return Question(user_id=user, session_id="s-1", events=events)


QUESTIONS = {
    "owner": question("ada", sit(make_typist(4, 1), 40, SITTING, practice=90)),
    "other": question("ada", sit(make_typist(4, 2), 40, Sitting(11, 60, 12, whose=1))),
    "young": question("ben", sit(make_typist(4, 3), 3, SITTING)),
    "script": question("ada", scripted()),
    "nobody": question("eve", sit(make_typist(4, 5), 3, SITTING)),
    "nothing": question("ada", ()),
    "summary": question("ada", (Pattern(event_type="typing_pattern", features={"typing_speed": 65.0}),)),
}


class Wired(httpx.ASGITransport):
    """The service, a client's length of wire away."""


@pytest.fixture
async def deployment() -> AsyncIterator[Deployment]:
    made = Deployment(Settings(Service(store="memory")), lambda: NOW)
    of = made.engine.pseudonyms.of
    await made.parts.templates.change(of("user", "ada"), lambda _: taught(1, 25))
    await made.parts.templates.change(of("user", "ben"), lambda _: taught(3, 3))
    yield made
    await made.close()


@pytest.fixture(params=["in process", "as a service"])
async def engine(request: pytest.FixtureRequest, deployment: Deployment) -> AsyncIterator[MlEngine]:
    if request.param == "in process":
        yield deployment.ml
        return
    remote = far(deployment)
    yield remote
    await remote.close()


def far(deployment: Deployment, role: Any = "service") -> RemoteMl:
    _, key = deployment.keys.create(f"ml-{role}", role)
    remote = RemoteMl("http://ml", key)
    remote._client = httpx.AsyncClient(
        transport=Wired(MlService(deployment.ml, deployment.keys)), base_url="http://ml", headers=remote._client.headers
    )
    return remote


@pytest.mark.parametrize("name", QUESTIONS)
async def test_both_forms_give_the_same_answer(name: str, engine: MlEngine, deployment: Deployment) -> None:
    expected = await deployment.ml.judge(QUESTIONS[name])
    assert await engine.judge(QUESTIONS[name]) == expected


async def test_the_answers_are_what_they_say(engine: MlEngine) -> None:
    answers = {name: await engine.judge(asked) for name, asked in QUESTIONS.items()}
    found = {name: one for name, one in answers.items() if one is not None}
    assert found.keys() == QUESTIONS.keys()
    assert all(0 <= one.confidence <= 1 and 0 <= one.similarity_score <= 1 for one in found.values())
    assert found["owner"].decision == "allow"
    assert found["owner"].similarity_score > found["other"].similarity_score
    assert found["script"].decision in ("challenge", "block")
    assert found["nothing"].confidence == found["nobody"].confidence == 0.0
    assert found["young"].confidence < found["owner"].confidence


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_travel_whole(name: str) -> None:
    assert decode_question(encode_question(QUESTIONS[name])) == QUESTIONS[name]


async def test_a_service_that_fails_is_left_alone_for_a_while(deployment: Deployment) -> None:
    now = [0.0]
    remote = RemoteMl("http://127.0.0.1:9", clock=lambda: now[0])
    for _ in range(FAILURES):
        assert await remote.judge(QUESTIONS["owner"]) is None
    assert await remote.judge(QUESTIONS["owner"]) is None
    assert (remote.asked, remote.failed) == (FAILURES, FAILURES)
    now[0] = REST_S
    assert await remote.judge(QUESTIONS["owner"]) is None
    assert remote.asked == FAILURES + 1
    await remote.close()


@pytest.mark.parametrize("answer", [
    b"{}", b"nonsense", b'{"decision":"maybe","confidence":1,"similarity_score":1}',
    b'{"decision":"allow","confidence":7,"similarity_score":1}',
])  # fmt: skip
async def test_an_answer_that_is_none_is_refused(answer: bytes) -> None:
    remote = RemoteMl("http://ml")
    remote._client = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _request: httpx.Response(200, content=answer)), base_url="http://ml"
    )
    assert await remote.judge(QUESTIONS["owner"]) is None


async def test_wrong_keys_bodies_and_paths_are_refused(deployment: Deployment) -> None:
    _, key = deployment.keys.create("service", "service")
    _, viewer = deployment.keys.create("viewer", "viewer")
    transport = Wired(MlService(deployment.ml, deployment.keys))
    async with httpx.AsyncClient(transport=transport, base_url="http://ml") as client:

        async def post(body: bytes, secret: str | None = key, path: str = PATH) -> int:
            headers = {"authorization": f"Bearer {secret}"} if secret else {}
            return (await client.post(path, content=body, headers=headers)).status_code

        body = encode_question(QUESTIONS["owner"])
        assert await post(body) == 200
        assert await post(body, None) == await post(body, "wrong") == 401
        assert await post(body, viewer) == 403
        assert await post(body, path="/other") == 404
        assert await post(b"{") == await post(b'{"user_id":"a"}') == 400
        assert await post(b'{"user_id":"a","session_id":"b","events":[{"type":"telepathy"}]}') == 400
        assert (await client.get("/health")).json() == {"status": "ok"}


async def test_late_answers_leave_the_rules_alone_and_are_named() -> None:
    """Through a real deployment whose ML engine can not be reached."""
    made = Deployment(Settings(Service(store="memory", ml_url="http://127.0.0.1:9")), lambda: NOW)
    assert made.remote_ml is not None
    assert made.sessions.senses.ask_ml is not None
    assert await made.remote_ml.judge(QUESTIONS["owner"]) is None
    await made.close()


def test_wire_names() -> None:
    assert msgspec.to_builtins(Verdict("allow", 0.5, 0.25)).keys() == {"decision", "confidence", "similarity_score"}
    assert {"user_id", "session_id", "events"} <= msgspec.json.decode(encode_question(QUESTIONS["owner"])).keys()
    assert {each.name for each in modalities()} == {each.name for each in all_modalities()}
