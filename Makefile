PY := .venv/bin/python
export UV_PYTHON_DOWNLOADS := never

.PHONY: help setup demo test quick lint docs sdk pages bench-assess bench-http bench-logins bench-scan bench-growth bench-demo_day bench-stream bench-score bench-cmu bench-freetext bench-mouse bench-bots bench-fused bench-trust

help: ## Show the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

setup: .venv/.ready ## Make .venv with everything locked, and fetch the city file (skipped when offline)

.venv/.ready: pyproject.toml requirements.lock tools/setup.sh
	@bash tools/setup.sh
	@touch $@

demo: setup ## Start Watchword with a realistic day, and print a sign-in link
	@.venv/bin/watchword demo

test: setup ## Run every test, linters and types included
	@bash tools/test.sh

quick: setup ## Run the quick tests
	@$(PY) -m pytest -m "not slow and not browser" -n logical --maxprocesses 4 --dist worksteal

lint: setup ## Check style and types
	@.venv/bin/ruff check src tests benchmarks tools && .venv/bin/ruff format --check src tests benchmarks tools && .venv/bin/mypy

docs: setup ## Generate the reference and build the documentation strictly
	@$(PY) -m tools.reference && .venv/bin/zensical build --strict

sdk: ## Build the scripts that browsers load (needs Node)
	@bash tools/sdk.sh

pages: setup ## Rebuild the vendored files of the console (needs Node)
	@npm ci --ignore-scripts --no-audit --no-fund && node src/watchword/web/console/vendor.mjs

bench-assess bench-http bench-logins bench-scan bench-growth bench-demo_day bench-stream bench-score: setup ## Measure; the last line is JSON
	@$(PY) -m benchmarks.$(@:bench-%=%)

bench-cmu bench-freetext bench-mouse bench-bots bench-fused bench-trust: setup ## Measure behaviour on reference data; the last line is JSON
	@$(PY) -m benchmarks.behaviour.$(@:bench-%=%)
