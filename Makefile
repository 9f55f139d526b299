# Each target sets up what it needs; the first one sets up the virtual environment.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV ?= .venv
IMAGE ?= amr-monitor
BIN := $(VENV)/bin
# Newer than the lock files where the environment holds what they list.
READY := $(VENV)/.ready

say = @printf '%s\n' "==> $(1)"
pip_install = $(BIN)/python -m pip install -qq --disable-pip-version-check

.PHONY: help
help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## set up .venv with the locked versions

.PHONY: demo
demo: $(READY) ## replay the bundled surgery in real time, with the dashboard (ARGS="--port 9000")
	@exec $(BIN)/amr-monitor demo $(ARGS)

.PHONY: test
test: style types page-types imports chromium postgresql dicom3tools ## run every check and every test
	$(call say,tests: those of the pages beside the others)
	@mkdir -p var; $(BIN)/python -m pytest tests/browser >var/browser.log 2>&1 & pages=$$!; \
	trap "kill $$pages 2>/dev/null || true" EXIT; \
	status=0; $(BIN)/python -m pytest --ignore tests/browser || status=1; \
	wait $$pages || status=1; cat var/browser.log; exit $$status

.PHONY: check
check: style types page-types imports project ## run ruff, mypy, tsc, import-linter and the tests of the project itself

.PHONY: style
style: $(READY)
	$(call say,ruff)
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

.PHONY: types
types: $(READY)
	$(call say,mypy)
	@$(BIN)/mypy

.PHONY: page-types
page-types: typescript
	$(call say,types of the dashboard)
	@tsc --project tests/browser/tsconfig.json

.PHONY: imports
imports: $(READY)
	$(call say,import-linter)
	@$(BIN)/lint-imports --no-logo

.PHONY: project
project: $(READY)
	$(call say,tests of the project itself)
	@$(BIN)/python -m pytest -q -m "not slow" tests/project

.PHONY: golden
golden: $(READY) ## write the expected events anew; read the difference before committing it
	@$(BIN)/python tests/golden/regenerate.py

.PHONY: docs
docs: $(READY) chromium ## write the websocket's schema and the pictures of the documents anew
	@$(BIN)/python docs/generate_protocol.py
	@$(BIN)/python docs/make_images.py

.PHONY: bench
bench: $(READY) chromium ## measure what is claimed about speed and memory, peers beside it (ARGS="--quick")
	@$(BIN)/python -m benchmarks.reading
	@$(BIN)/python -m benchmarks.replaying
	@$(BIN)/python -m benchmarks.sweeping
	@$(BIN)/python -m benchmarks.performance $(ARGS)
	@$(BIN)/python -m benchmarks.review

.PHONY: bench-detection
bench-detection: $(READY) ## the detector on simulated patients drawn anew: takes hours, goes on where it was stopped
	@$(BIN)/python -m benchmarks.detection --full --jobs 2

.PHONY: bench-batch
bench-batch: $(READY) ## a batch of 200 recordings, killed and on Dask; verdicts of 200 surgeries against their truth
	@$(BIN)/python -m benchmarks.batch
	@$(BIN)/python -m benchmarks.verdicts --jobs 2

.PHONY: soak
soak: $(READY) chromium ## two hours at 60 x; four in the live page; kills, stops, a full disk; a long recording; every scenario over LSL (resumable)
	@$(BIN)/python -m benchmarks.soak
	@$(BIN)/python -m benchmarks.page_soak
	@$(BIN)/python -m benchmarks.crashes
	@$(BIN)/python -m benchmarks.recording
	@$(BIN)/python -m benchmarks.hil

.PHONY: image
image: ## build the container image
	@docker build --tag $(IMAGE) .

.PHONY: lock
lock: $(READY) ## write the lock files; what still fits stays, UPGRADE=1 takes the newest
	$(call say,lock files)
	@$(compile) --extra postgres --extra report --output-file requirements.txt pyproject.toml
	@$(compile) --all-extras --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml
	@$(compile) --only-build-deps --build-deps-for wheel --constraint requirements-dev.txt \
	  --output-file requirements-build.txt pyproject.toml

compile = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet $(if $(UPGRADE),--upgrade) --generate-hashes \
  --strip-extras --allow-unsafe --no-emit-index-url --no-emit-trusted-host --no-emit-find-links

$(READY): requirements-dev.txt pyproject.toml
	$(call say,virtual environment in $(VENV): the first time takes a minute)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "make: amr-monitor needs Python 3.11 or newer; name one: make PYTHON=python3.11" >&2; exit 2; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || { \
	  $(call apt_install,python3-venv) && $(PYTHON) -m venv --clear $(VENV); }
	@$(pip_install) --only-binary :all: --require-hashes -r requirements-dev.txt
	@$(pip_install) --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: typescript
typescript:
	@command -v tsc >/dev/null || { $(call apt_install,node-typescript); }

.PHONY: chromium
chromium:
	@command -v chromium >/dev/null || { $(call apt_install,chromium); }

# dciodvfy: what DICOM objects are held against.
.PHONY: dicom3tools
dicom3tools:
	@command -v dciodvfy >/dev/null || { $(call apt_install,dicom3tools); }

# The tests start a server of their own; the one that the package would start is in nobody's way.
.PHONY: postgresql
postgresql:
	@command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || { $(call apt_install,postgresql); }

# Installs a Debian package, or says what to do.
define apt_install
if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
  echo "==> installing $(1)" && apt-get update -qq \
  && DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends $(1) >/dev/null; \
else echo "make: please install $(1) (on Debian: apt-get install $(1))" >&2; exit 2; fi
endef
