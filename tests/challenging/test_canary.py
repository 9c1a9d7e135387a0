"""No code, PIN, answer, key or address is found in the data directory or the logs; unsealed, the search finds them."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from tests.challenging.bench import Bench
from tests.privacy.canary import files, search
from tests.stores.places import in_directory

from watchword.actions.challenges import Enrolling, Told
from watchword.errors import DeliveryFailed

PIN, MAIL, PHONE = "8305194726", "zebulon@canary-mail.example", "+43660998877665"
ANSWERS = ("Quackenbush the Third", "Zyzzyva Street 11", "Quixotic Motors")
LIVES = ("one", "another")
"""Six digits may stand in ciphertext and random ids by chance; what leaks is found in every life."""


async def live(bench: Bench) -> list[str]:
    """A person's life with second factors; what must be found nowhere."""
    await bench.pin(PIN)
    await bench.factors.begin(
        "ada",
        "security_questions",
        Enrolling(questions=tuple((f"Question {n}?", text) for n, text in enumerate(ANSWERS))),
    )
    app = await bench.totp()
    codes = []
    for type_, to in (("email_otp", MAIL), ("sms_otp", PHONE)):
        begun = await bench.factors.begin("ada", type_, Enrolling(to=to))
        codes.append(bench.sent(to))
        await bench.factors.prove("ada", begun.factor.id, Told(code=codes[-1]))
        issued = await bench.issue(type_)
        codes.append(bench.sent(to))
        await bench.answer(issued, "918273")
        await bench.answer(issued, codes[-1])
    issued = await bench.issue("pin", "totp", "security_questions")
    await bench.answer(issued, PIN + "1", "pin")
    await bench.answer(issued, type_="security_questions", answers={"q1": ANSWERS[0], "q2": "Wrongly Guessed"})
    await bench.answer(issued, bench.code(app), "totp")
    await bench.issue("pin")
    await bench.place.ledger.note("service:app", "challenge.begin", "user:ada", {"types": ["pin"]})
    return [PIN, MAIL, PHONE, *ANSWERS, "Wrongly Guessed", *codes, app.secret]


@pytest.mark.parametrize("closed", [True, False])
async def test_nothing_secret_is_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], closed: bool
) -> None:
    caplog.set_level(logging.DEBUG)
    for life in LIVES:
        bench = Bench(tmp_path / life)
        planted = await live(bench)
        if closed:
            bench.close()
        out, err = capfd.readouterr()
        told = [("log", caplog.text.encode()), ("out", (out + err).encode())]
        found = search([*files(tmp_path / life), *told], planted)
        bench.close()
        if not found:
            break
    assert found == []


async def test_unsealed_records_still_hold_no_secret_but_the_search_works(tmp_path: Path) -> None:
    for life in LIVES:
        bench = Bench(tmp_path / "data")
        bench.close()
        bench.place = in_directory(tmp_path / life, seal=False)
        bench.clock = bench.place.clock
        bench.desk.shelf = type(bench.desk.shelf)(
            bench.place.records, bench.place.pseudonyms, bench.desk.shelf.box, bench.clock
        )
        bench.factors = type(bench.factors)(bench.desk)
        planted = await live(bench)
        bench.close()
        assert search(files(tmp_path / life), ["security_questions"])
        found = search(files(tmp_path / life), planted)
        if not found:
            break
    assert found == []


async def test_a_failed_delivery_says_nothing_of_the_letter(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    bench = Bench()

    async def fail(letter: object) -> None:
        raise DeliveryFailed("The mail server refused.")

    bench.outbox.send = fail  # type: ignore[method-assign]
    with pytest.raises(DeliveryFailed) as failure:
        await bench.issue("email_otp", to=MAIL)
    assert search([("log", caplog.text.encode()), ("error", repr(failure.value).encode())], [MAIL]) == []
