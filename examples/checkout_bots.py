"""Checkout bots: a script gets a captcha, and a doubtful buyer of a limited edition is looked at by hand.

uvicorn --factory checkout_bots:make_app
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from litestar import Litestar, MediaType, Response, get, post
from litestar.params import JSONBody
from msgspec import Struct
from watchword_client import Watchword

BOT_REASONS = ("UNIFORM_", "FAST_", "REPETITIVE_")
MANY, SURELY_NOT, DOUBTFUL = 2, 30, 60
OTHERWISE = 59.0  # without an answer things are sold, and limited editions looked at by hand
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Checkout</title>
<script src="{url}/js/watchword.js"></script>
<form id="checkout" data-watchword><h1>Checkout</h1>
<p><label>Name <input name="name"></label> <p><label>Street <input name="street"></label>
<p><label>City <input name="city"></label> <p><label>E-mail <input name="email"></label>
<p><button id="buy">Buy</button> <output id="answer"></output></form>
<script>
const recorded = watchword.recordForm(document.getElementById('checkout'), {{consent: true}})
document.getElementById('checkout').onsubmit = async event => {{
  event.preventDefault()
  const behavior = recorded.behavior()
  const body = JSON.stringify({{userId: 'guest-{number}', sessionId: 'cart-{number}', item: 'print', behavior}})
  const answer = await fetch('/checkout', {{method: 'POST', headers: {{'content-type': 'application/json'}}, body}})
  document.getElementById('answer').textContent = await answer.text()
}}
</script>"""


class Checkout(Struct, rename="camel"):
    """An order. `userId` is the customer's, or one of your own for a guest."""

    user_id: str
    session_id: str
    item: str
    limited_edition: bool = False
    behavior: dict[str, Any] | None = None


def make_app(watchword: Watchword | None = None) -> Litestar:
    """The shop's checkout."""
    risk = watchword or Watchword.from_environment()

    @get("/", media_type=MediaType.HTML)
    async def page() -> str:
        return PAGE.format(url=risk.url, number=uuid4().hex)

    @post("/checkout", status_code=200)
    async def check_out(data: JSONBody[Checkout]) -> Response[dict[str, Any]]:
        score = await risk.score(data.user_id, data.session_id, data.behavior, OTHERWISE)
        trust = score["trustScore"]
        signs = [one["code"] for one in score["topReasons"] if one["code"].startswith(BOT_REASONS)]
        unseen = data.behavior is None  # nobody fills in a form without a key or a click
        bot = len(signs) > MANY or trust < SURELY_NOT or unseen
        by_hand = not bot and trust < DOUBTFUL and data.limited_edition
        told = {"trustScore": trust, "requireCaptcha": bot, "manualReview": by_hand}
        if bot or by_hand:
            await risk.alert(
                "CHECKOUT_BOT" if bot else "CHECKOUT_REVIEW", "MEDIUM", userId=data.user_id, sessionId=data.session_id,
                details=told | {"item": data.item, "reasons": ", ".join(signs)},
            )  # fmt: skip
        placed = not bot and not by_hand
        answer = told | {"placed": placed, "reasons": signs}
        return Response(answer, status_code=200 if placed else 202 if by_hand else 403)

    return Litestar([page, check_out], on_shutdown=[risk.close])
