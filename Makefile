# Python 3.11 and make are all this needs; each line calls something readable.
PYTHON ?= python3
IN_VENV := $(PYTHON) devstack/bootstrap.py
IN_DEV_VENV := $(IN_VENV) --dev

.DEFAULT_GOAL := help
.PHONY: help run quick test soak bench simulate lock lint format

help: ## List what make can do here
	@sed -n 's/^\([a-z]*\): .*## /  make \1\t/p' Makefile | expand -t 18

run: ## Start the whole platform in one process, on SQLite
	@$(IN_VENV) manage.py up

quick: ## Check most of it in under a minute, without services
	@$(IN_DEV_VENV) -m devstack.quick

test: ## Run everything there is: format, lint, types, contracts, templates, checks, tests
	@$(IN_DEV_VENV) -m devstack.gate

soak: ## Break everything on purpose, with outages of a minute each
	@$(IN_DEV_VENV) -m pytest todo_project/tests/faults todo_project/tests/end_to_end --soak

bench: ## Measure; prints machine, load, rounds, median and spread
	@$(IN_DEV_VENV) -m devstack.bench

simulate: ## Run the simulator on fresh seeds until Ctrl-C, or ARGS="--seconds 60"; prints failing seeds
	@$(IN_DEV_VENV) manage.py simulate $(ARGS)

lock: ## Resolve requirements*.in into locks with hashes
	@$(IN_DEV_VENV) -m devstack.lock

lint: ## Only the static part of the gate
	@$(IN_DEV_VENV) -m devstack.gate --static

format: ## Format the code and mend what can be mended
	@$(IN_DEV_VENV) -m devstack.gate --format
