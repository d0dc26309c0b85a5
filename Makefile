# Lodge's few commands; `make help` says what each does. They need only Python 3.11 or later, and use
# uv where it is on PATH. Nothing is written outside this folder but the package cache.

VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
UV := $(shell command -v uv 2>/dev/null)
WORKERS ?= 2
# What `make run` runs after the set-up.
RUN ?= $(BIN)/lodge demo --serve

# Without a home folder the package cache goes beside the sources.
ifeq ($(strip $(HOME)),)
export HOME := $(CURDIR)/.cache
endif
export UV_PYTHON_DOWNLOADS := never
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# No tool of ours tells anybody that it ran.
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := yes
export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false

.PHONY: help setup run test test-slow check client bench lock clean \
	check-format check-lint check-types check-imports check-dictionary

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile

setup: $(INSTALLED) ## make .venv with everything, the development extra included

run: setup ## the whole product with a demonstration day, until Ctrl-C
	@exec $(RUN)

test: check ## the whole check, then every test but the slow ones
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m "not slow"

test-slow: setup ## the slow tests: journeys, many kills, the whole API asked at random
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup -m slow

# All of them run, side by side, even when one fails.
check: setup ## format, lint, types, import contracts and the dictionary; under a minute
	@$(MAKE) --no-print-directory -k -j 2 $(if $(filter output-sync,$(.FEATURES)),-O) \
		check-types check-format check-lint check-imports check-dictionary

check-format:
	$(BIN)/ruff format --check --quiet || { $(BIN)/ruff format --diff --quiet; exit 1; }

check-lint:
	$(BIN)/ruff check --quiet

check-types:
	$(BIN)/basedpyright --warnings

check-imports:
	$(BIN)/lint-imports --no-logo

check-dictionary:
	@if grep -q '^dictionary = ' pyproject.toml; then set -x; $(BIN)/lodge dictionary check; fi

client: setup ## the typed Python client of the REST API, as a wheel in dist/
	$(BIN)/python platform/clients/python/build.py build/client
	cd build/client && $(CURDIR)/$(BIN)/python -m hatchling build --target wheel --directory $(CURDIR)/dist

bench: setup ## the benchmarks, one JSON line each
	$(BIN)/lodge bench

lock: ## resolve requirements.lock again from pyproject.toml (needs uv)
	@test -n "$(UV)" || { echo "make lock needs uv on PATH" >&2; exit 1; }
	$(UV) pip compile pyproject.toml --all-extras --universal --generate-hashes --upgrade \
		--no-header --no-strip-extras --annotation-style line --quiet --output-file requirements.lock

clean: ## remove .venv and every cache; the home stays
	rm -rf $(VENV) build dist .cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(INSTALLED): pyproject.toml requirements.lock .ci/setup
	@.ci/setup $(VENV)
	@touch $@
