"""Serves the console over made-up content: python -m tests.browser.serve_sample 8123"""

from __future__ import annotations

import sys

import uvicorn
from litestar import Litestar
from tests.browser.sample import day, sample_console

from watchword.web.console.routes import console_routes, one_time_link


def sample_app(running: bool = True) -> Litestar:
    console = sample_console(day(running))
    print(one_time_link(console, "http://127.0.0.1:8123"), flush=True)
    return Litestar(route_handlers=console_routes(console), openapi_config=None)


if __name__ == "__main__":
    uvicorn.run(sample_app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
