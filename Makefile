# Every target prepares what it needs, into .venv at the root; a second run is quick.

SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Python compiles what it imports, a quarter of what is installed.
INSTALL := $(PIP) install --quiet --no-compile --constraint constraints.txt --editable
PORT ?= 8501
SERVE_OPTIONS ?= --open
NPM ?= $(shell command -v npm)
MODULES := tests/typescript/node_modules/.package-lock.json
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

# Tests run in one process more than there are cores, each on one core: those of the page wait for
# a browser half of the time. A module's tests stay together, for they share what they build; not
# by groups (loadgroup), which pytest 9.2 ignores.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1) + 1)))
PYTEST := OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest \
  --numprocesses $(WORKERS) --maxprocesses 4 --dist loadfile --no-loadscope-reorder

# A local model never needs a network, and nobody needs our users' statistics.
export HF_HUB_OFFLINE := 1
export STREAMLIT_BROWSER_GATHER_USAGE_STATS := false
export TOKENIZERS_PARALLELISM := false

# Python is started hundreds of times here: what it compiled once, it keeps, whatever the shell says.
unexport PYTHONDONTWRITEBYTECODE

# Which tests `make test` runs, by pytest's markers; `make test TESTS=` runs the bundle's, too.
TESTS ?= not bundle

.PHONY: help run test check check-bundle build bundle wheels sbom lock docs setup setup-dev train lint evaluate screenshots bench clean

help: ## Show this list
	@grep -E '^[a-z-]+:.*## ' Makefile | awk -F':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

run: build ## Set up, build the index if needed, and open the app
	@exec $(BIN)/recueil-qa serve --port $(PORT) $(SERVE_OPTIONS)

build: setup ## Set up and rebuild the index if the corpus has changed
	@$(BIN)/recueil-qa build

test: setup-dev build $(if $(NPM),$(MODULES)) ## Set up and run the tests (those that need chromium or npm where these are)
	@wanted="$(TESTS)"; \
	if [ -z "$(CHROMIUM)" ]; then wanted="not browser$${wanted:+ and ($$wanted)}"; \
	  echo "==> no chromium here: the browser tests are left out (make check wants them)"; fi; \
	if [ -z "$(NPM)" ]; then wanted="not node$${wanted:+ and ($$wanted)}"; \
	  echo "==> no npm here: the test of a generated client is left out (make check wants it)"; fi; \
	CHROMIUM="$(CHROMIUM)" $(PYTEST) -m "$$wanted" $(PYTEST_OPTIONS)

check: setup-dev build ## All that CI runs: format, lint, types, import contracts, tests with the browser and node
	@if [ -z "$(CHROMIUM)" ]; then \
	  echo "make check: chromium is missing; mend it with: apt-get install chromium"; exit 1; fi
	@if [ -z "$(NPM)" ]; then \
	  echo "make check: npm is missing; mend it with: apt-get install nodejs npm"; exit 1; fi
	@for program in nginx openssl systemd-analyze; do \
	  PATH="$$PATH:/usr/sbin" command -v $$program >/dev/null || \
	  echo "==> no $$program here: tests of the recipes for a server are left out; with them: apt-get install nginx openssl systemd"; \
	done
	@# Types take one core for a minute or two; the tests take the rest meanwhile, and make the
	@# documents' pages as `make docs` does.
	@$(MAKE) --no-print-directory lint & lint=$$!; failed=''; \
	  $(MAKE) --no-print-directory test || failed=1; wait $$lint || failed=1; [ -z "$$failed" ]

check-bundle: setup-dev build ## Make the bundle and try it with no network (5 GB in /tmp)
	@$(BIN)/python -m pytest -m bundle $(PYTEST_OPTIONS)

bundle: build ## Pack all that a machine with no network needs into one archive, here
	@$(BIN)/recueil-qa bundle

wheels: docs build ## Make the two wheels that pipx installs, into dist/
	@$(BIN)/python -m distribution.make_wheels

sbom: setup ## List all parts with their licences (CycloneDX), into dist/
	@$(BIN)/python -m distribution.sbom

lock: setup ## Write the hashes of all that a light installation takes, here
	@$(BIN)/python -m distribution.lock

docs: setup-dev ## Make the documentation's pages, into site/; a warning is an error
	@$(BIN)/python -m distribution.site

lint: setup-dev
	@echo "==> format, lint, types, import contracts"
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=app $(BIN)/lint-imports

evaluate: build ## Measure quality and speed on eval/, into eval/results/
	@report=eval/results/$$($(BIN)/python -c 'from importlib.metadata import version; print(version("recueil-qa"))'); \
	  $(BIN)/recueil-qa evaluate --output $$report.json --markdown $$report.md

screenshots: setup-dev build ## Take the screenshots of docs/images again
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m tests.support.screenshots

bench: setup-dev ## Measure this project against four peers, in one run (6 GB, half an hour)
	@echo "==> this project and four peers, on the same texts, queries and weights"
	@$(BIN)/python -m benchmarks peers $(BENCH_OPTIONS)

setup: $(VENV)/.run

setup-dev: $(VENV)/.dev

train: setup-dev ## Make the encoder models/recueil-e5 anew (a day on two cores, minutes on a GPU); resumes if killed
	@$(BIN)/python -m training.train_encoder

$(VENV)/.run: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "==> installing the packages (about 2 GB on disk; the first time takes a few minutes)"
	@$(INSTALL) '.[sentence-transformers]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "==> installing all packages, the development ones too (a few minutes the first time)"
	@$(INSTALL) '.[sentence-transformers,training,dev]'
	@touch $(VENV)/.run $@

# What generates a client from the API's schema, for one test.
$(MODULES): tests/typescript/package-lock.json
	@echo "==> installing the generator of TypeScript clients (40 MB)"
	@$(NPM) ci --prefer-offline --silent --no-audit --no-fund --prefix tests/typescript
	@touch $@

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "make: python3 is missing; install Python 3.11"; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "make: $(PYTHON) is $$($(PYTHON) --version 2>&1); Python 3.11 or later is needed."; \
	  echo "      Mend it with: make run PYTHON=/path/to/python3.11"; exit 1; }
	@free=$$(df -Pk . | awk 'NR==2 {print $$4}'); if [ "$$free" -lt 4000000 ]; then \
	  echo "make: $$((free / 1024)) MB free here; about 4 GB are needed"; exit 1; fi
	@echo "==> making $(VENV) with $$($(PYTHON) --version)"
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "make: the venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }

clean: ## Remove what make made: .venv, the index, caches
	@rm -rf $(VENV) tests/typescript/node_modules site dist training/.work benchmarks/.peers index/20* index/.[a-zA-Z]* index/CURRENT \
	  .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis src/*.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
