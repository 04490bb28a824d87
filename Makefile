# The two commands of a newcomer are `make sandbox` and `make test`. Needs python3 (3.11+), venv and make.
# The virtual environment in .venv is made by whichever is there, uv or pip, and refreshed only when
# pyproject.toml changed.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help venv sandbox test chaos bench soak lint format docs screenshots clean

VENV := .venv
BIN := $(VENV)/bin
PORT ?= 4000
FRESH ?=
DATA ?= data/sandbox
# `make chaos RUNS=40 SEED=7`: so many workspaces, about a minute each, some at the same time.
RUNS ?= 12
SEED ?= 1
# `make test ARGS="-k poll"` passes its arguments to pytest; ARGS=--every-stage plays each story on both databases.
ARGS ?=
# The tests' files are shared among so many processes, one more than there are cores: much of what they do is to wait.
# `make test WORKERS=0` runs them one after the other.
WORKERS ?= $(shell expr $$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)

# The first interpreter that runs and is new enough (a shim may exist and still not run).
FIND_PYTHON = for p in $(PYTHON) python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$p" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo "$$p"; break; }; done

help:
	@echo "make sandbox [PORT=4100] [FRESH=1]   the bot and a local Slack in your browser"
	@echo "make test [ARGS='-k poll']           everything that is checked"
	@echo "make chaos [RUNS=40] [SEED=1]        bots killed at every point, in every weather, for long"
	@echo "make bench [ARGS='--only storage']   how fast it is, against anchors; writes docs/benchmarks.md"
	@echo "make soak                            a million clicks, and whether memory grows (hours)"
	@echo "make venv                            only the virtual environment, for tminus run"
	@echo "make lint | format | docs            the quick checks | layout | generated pages"
	@echo "make screenshots                     the pictures in docs"

$(BIN)/python:
	@python="$$($(FIND_PYTHON))"; \
	if [ -z "$$python" ]; then \
		echo "T-Minus needs Python 3.11 or newer; found: $$(python3 --version 2>&1)."; \
		echo "Install one, or name it: make sandbox PYTHON=/path/to/python3.12"; exit 1; fi; \
	echo "Making the virtual environment in $(VENV) …"; \
	if command -v uv >/dev/null 2>&1; then uv venv --quiet --python "$$python" $(VENV); \
	else "$$python" -m venv $(VENV) || { \
		echo "This Python has no venv module (on Debian and Ubuntu: apt install python3-venv)."; \
		rm -rf $(VENV); exit 1; }; fi

# $(call install,WHAT): editable, so that a changed source file needs no new installation.
define install
	@echo "Installing what T-Minus needs …"
	@if command -v uv >/dev/null 2>&1; then uv pip install --quiet --python $(BIN)/python -e "$(1)"; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check -e "$(1)"; fi
	@touch $@
endef

$(VENV)/.run: pyproject.toml | $(BIN)/python
	$(call install,.)

$(VENV)/.test: pyproject.toml | $(BIN)/python
	$(call install,.[test])
	@touch $(VENV)/.run

venv: $(VENV)/.run

sandbox: $(VENV)/.run
	@$(BIN)/tminus sandbox --port $(PORT) --data $(DATA) $(if $(FRESH),--fresh)

test: lint
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

chaos: $(VENV)/.test
	$(BIN)/python -m tests.chaos --runs $(RUNS) --seed $(SEED) $(ARGS)

# Both take ARGS, for example ARGS="--only click-sqlite --rounds 3"; ARGS=--help shows all.
bench: $(VENV)/.test
	@$(BIN)/python -m tests.bench $(ARGS)

soak: $(VENV)/.test
	@$(BIN)/python -m tests.bench --only memory --clicks 1000000 --minutes 600 $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.test
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.test
	$(BIN)/python docs/generate.py

screenshots: $(VENV)/.test
	$(BIN)/python -m pytest -q tests/stories/test_in_the_browser.py tests/stories/test_train_in_the_browser.py \
		tests/stories/test_calendar_in_the_browser.py \
		tests/stories/test_seven_sign_offs.py tests/stories/test_timeline_seen.py --pictures docs/images

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
