# 衔接 Xianjie. `make` alone lists the commands.
PORT ?= 8000
RUN := .venv/bin
SOURCES := app tests migrations tools $(wildcard bench)

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo demo-reset test lint format bench law-report openapi procedure clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## prepare .venv with the command .venv/bin/xianjie
	@python="$$(sh tools/python.sh)" && "$$python" tools/setup.py

setup-dev:
	@python="$$(sh tools/python.sh)" && "$$python" tools/setup.py dev

demo: setup ## serve API and console with demo data on http://127.0.0.1:8000 (PORT=… for another port)
	@exec $(RUN)/xianjie demo --port "$(PORT)"

demo-reset: setup ## erase the demo's data; the next `make demo` starts over
	@$(RUN)/xianjie demo --erase

test: setup-dev ## run every check and every test, installing what they need
	@without=; marks=; for one in browser office; do \
	sh tools/$$one.sh || { without="$$without $$one"; marks="$${marks:+$$marks and }not $$one"; }; done; \
	$(MAKE) --no-print-directory lint && $(RUN)/pytest $${marks:+-m "$$marks"} && \
	{ for one in $$without; do sh tools/$$one.sh advice; done; test -z "$$without"; }

lint: setup-dev ## ruff, mypy and the import contracts
	@$(RUN)/ruff check $(SOURCES)
	@$(RUN)/ruff format --check $(SOURCES)
	@$(RUN)/mypy
	@$(RUN)/lint-imports --no-logo

format: setup-dev ## let ruff format and mend the code
	@$(RUN)/ruff check --fix $(SOURCES)
	@$(RUN)/ruff format $(SOURCES)

bench: setup-dev ## measure the hot paths beside their limit
	@$(RUN)/python -m bench

law-report: setup ## screen the published cases; beside it what happened, and the methods in use in the field
	@$(RUN)/python -m app.demo.real_cases --report

openapi: setup-dev ## write openapi/openapi.json and schemas/ anew
	@$(RUN)/xianjie openapi

procedure: setup-dev ## write docs/procedure.md and the drawings of the procedures anew
	@$(RUN)/xianjie procedure write docs

clean: ## remove .venv and every cache, but no data
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find app tests tools migrations -name __pycache__ -prune -exec rm -rf {} +
