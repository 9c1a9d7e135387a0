from litestar import Litestar, Response, post

from watchword import RiskMiddleware, open_engine

PASSWORDS = {"ana": "correct horse"}
engine = open_engine("watchword-data")


@post("/login")
async def log_in(data: dict[str, str]) -> Response[str]:
    right = PASSWORDS.get(data["username"]) == data["password"]
    return Response("welcome" if right else "wrong", status_code=200 if right else 401)


shop = Litestar([log_in], on_shutdown=[engine.close])
app = RiskMiddleware(shop, engine)
