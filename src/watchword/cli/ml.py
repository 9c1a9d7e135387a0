"""`watchword ml`: the ML engine as a service of its own."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

PORT = 8001


def ml(
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port to listen on.")] = PORT,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data_dir: Annotated[str | None, typer.Option(help="Where templates are kept; else WATCHWORD_DATA_DIR.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes.")] = 1,
) -> None:
    """Serve the ML engine alone, for services that set WATCHWORD_ML_URL, on the same data directory.

    POST /api/v1/ml/verdict takes {user_id, session_id, events} with a service key, and answers {decision, confidence,
    similarity_score}. Example: watchword ml --port 8001
    """
    import uvicorn

    if data_dir is not None:
        os.environ["WATCHWORD_DATA_DIR"] = data_dir
    os.environ.pop("WATCHWORD_ML_URL", None)
    print(f"ML engine on http://{host}:{port}", file=sys.stderr)
    uvicorn.run(
        "watchword.web.ml:make_ml_app", factory=True, host=host, port=port, workers=workers, loop="uvloop",
        server_header=False, proxy_headers=False, timeout_graceful_shutdown=5,
    )  # fmt: skip
