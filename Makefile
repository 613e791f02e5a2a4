# make run    build the environment, then relay (with a token) or show the demo (without one)
# make test   build the environment, run the whole test suite
# make venv   only build the environment; .venv/bin/liverelay exists afterwards

PYTHON ?= python3
VENV   := .venv
PEERS  := .bench
PIP    := $(VENV)/bin/python -m pip --disable-pip-version-check --quiet

.PHONY: run test venv lint bench corpus catalogues lock clean
.DEFAULT_GOAL := run

run: venv
	@exec $(VENV)/bin/liverelay run --or-demo

venv: $(VENV)/.runtime

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "LiveRelay needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Building $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.lock pyproject.toml | $(VENV)/bin/python
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.runtime
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

test: $(VENV)/.dev
	@$(VENV)/bin/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/.dev
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

# Every figure of docs/performance.md, as ratios within one run: some minutes. ARGS="--full" takes
# the whole sizes, "--only NAME" one group, "--json FILE" writes the figures down.
bench: $(VENV)/.dev
	@$(MAKE) --no-print-directory --silent $(PEERS)/.ready || echo "The other libraries cannot be installed here; their rows are left out."
	@$(VENV)/bin/python -m tests.bench $(ARGS)

# The libraries the benchmarks compare with: not beside ours, for their pins differ.
$(PEERS)/.ready: requirements-bench.lock
	@$(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes -r requirements-bench.lock
	@touch $@

# Reads the corpus of real pages (skips where it is absent): found against expected, per page.
corpus: $(VENV)/.dev
	@$(VENV)/bin/python -m tests.corpus

catalogues: $(VENV)/.dev
	@$(VENV)/bin/python -m tests.locales $(ARGS)

# Pins every dependency with its hashes; needs uv. Names no index.
lock:
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra build --extra postgres pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate tests/bench/peers.in -o requirements-bench.lock

clean:
	rm -rf $(VENV) $(PEERS) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
