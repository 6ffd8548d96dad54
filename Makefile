# Everything goes through `make`: run, test, quick, bench. See README.md.
SHELL := /bin/bash
PORT ?= 8000
export PORT
PYTHON := .venv/bin/python

.PHONY: run test quick assets

run: .venv/ready assets
	@MOI_MODE=demo MOI_PORT=$(PORT) $(PYTHON) -m server serve

assets: .venv/ready
	@$(PYTHON) -m web.build
