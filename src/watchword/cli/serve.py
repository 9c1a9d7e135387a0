"""`watchword serve`: the service on this machine."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer


def serve(
    port: Annotated[int | None, typer.Option(help="Port to listen on; else WATCHWORD_PORT.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; else WATCHWORD_HOST.")] = None,
    data_dir: Annotated[str | None, typer.Option(help="Where everything is kept; else WATCHWORD_DATA_DIR.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes on one data directory.")] = 1,
) -> None:
    """Serve the API and the console until stopped.

    Settings come from the environment (`watchword config show`). Example: watchword serve --port 8000
    """
    import uvicorn

    from watchword.config import load
    from watchword.web.framing import SERVER

    given = {"WATCHWORD_PORT": port, "WATCHWORD_HOST": host, "WATCHWORD_DATA_DIR": data_dir}
    os.environ.update({name: str(value) for name, value in given.items() if value is not None})
    service = load(os.environ).service
    _allow_many_files()
    print(f"Watchword on http://{_shown(service.host)}:{service.port}", file=sys.stderr)
    uvicorn.run(
        "watchword.web.serving:make_app",
        factory=True,
        host=service.host,
        port=service.port,
        workers=workers,
        loop="uvloop",
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
        **SERVER,
    )


def _allow_many_files() -> None:
    """Thousands of sessions are thousands of open sockets: as many as this account may have."""
    import resource

    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
