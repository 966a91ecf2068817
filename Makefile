# Two commands do everything: `make demo` shows the main job, `make test` proves all of it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test check soak bench clean

demo: $(VENV)/installed
	$(BIN)/orchestrator demo

test: check
	$(BIN)/python -m pytest tests/core --cov=orchestrator.core --cov-branch --cov-fail-under=100 \
		--cov-report=term-missing:skip-covered
	$(BIN)/python -m pytest --numprocesses=2 --ignore=tests/core

check: $(VENV)/tested
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/orchestrator workflow lint
	$(BIN)/orchestrator --config examples/service_requests/config workflow lint

# Longer searches, as long as there is time: make soak MINUTES=10. With LAWS_EXAMPLES=2000 every
# law is tried once, so often.
soak: $(VENV)/tested
ifdef LAWS_EXAMPLES
	LAWS_EXAMPLES=$(LAWS_EXAMPLES) $(BIN)/python -m pytest --numprocesses=2 tests/laws
else
	$(BIN)/python -m tests.soak --minutes $(or $(MINUTES),60)
endif

bench: $(VENV)/tested
	$(BIN)/python -m bench

$(VENV)/installed: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --editable .
	@touch $@

$(VENV)/tested: $(BIN)/python pyproject.toml constraints.txt
	$(PIP) --editable '.[dev]'
	@touch $@ $(VENV)/installed

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or later is needed; $(PYTHON) is older: make PYTHON=python3.11 demo"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "Debian's package python3-venv is missing: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -m venv $(VENV)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache demo*.db*
