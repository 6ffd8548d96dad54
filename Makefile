# Everything goes through `make`: run, test, quick, and what they need. README.md says what one sees.
SHELL := /bin/bash
PORT ?= 8000
PYTHON := .venv/bin/python
SOURCES := server web moderation tests
BUILT := web/built/inputs.sha256

# A start that may not keep what Python compiled takes twice as long, every time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run cluster test quick assets missing lock format migration clean

# Serve demo mode on http://localhost:$(PORT), on SQLite in var/, with nothing else to install.
run: .venv/ready assets
	@MOI_MODE=demo MOI_PORT=$(PORT) exec $(PYTHON) -m server serve

# The shape of production from plain processes: proxy, two of the application, PostgreSQL and Redis, on free ports.
cluster: .venv/ready-dev assets
	@exec $(PYTHON) -m tests.faults.cluster

# Everything that has to hold: what CI runs. Installs what is missing where it may.
test: .venv/ready-dev assets
	@$(PYTHON) -m tests.all

# Lint, types and the quick suite, in seconds.
quick: .venv/ready-dev assets
	@$(PYTHON) -m tests.all --quick

# The table of what must be reached, beside reference servers in the same run; figures in var/bench.json.
# make bench NAMES="F1 L1" for some of it, ROUNDS=5 for more rounds.
bench: .venv/ready-dev assets
	@$(PYTHON) -m tests.bench $(NAMES) $(if $(ROUNDS),--rounds $(ROUNDS))

# npm comes from the machine; a machine without gets it from a Python package.
# The build compares contents; it is not even started when no file or folder is newer than what it made, and the packages
# are there.
assets: $(BUILT)

INSTALLED := $(wildcard node_modules/.moi-lock)
$(BUILT): web/build.py web/packages.py package-lock.json $(shell find web/static) $(if $(INSTALLED),,missing) | .venv/ready
	@command -v npm >/dev/null || .venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-node.txt
	@$(PYTHON) -m web.build
	@touch $@

missing:

format: .venv/ready-dev
	@$(PYTHON) -m ruff format $(SOURCES)
	@$(PYTHON) -m ruff check --fix $(SOURCES)

# make migration NUMBER=0002 MESSAGE="Add a column"
migration: .venv/ready-dev
	@$(PYTHON) -m server.migrations.revise $(NUMBER) "$(MESSAGE)"

# Exact versions with hashes, without addresses.
lock: .venv/ready-dev
	@.venv/bin/uv pip compile -q --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 requirements.in -o requirements.txt
	@.venv/bin/uv pip compile -q --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 requirements-dev.in -o requirements-dev.txt
	@.venv/bin/uv pip compile -q --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11 requirements-node.in -o requirements-node.txt

.venv/ready: requirements.txt
	@python3 -m venv .venv
	@.venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@touch $@

.venv/ready-dev: .venv/ready requirements-dev.txt
	@.venv/bin/pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

clean:
	@rm -rf .venv node_modules web/built var
