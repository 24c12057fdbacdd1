# The one entry. Every target works in a fresh clone, in an empty environment, with Python 3.11 and make alone.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo test lint types imports pytest format prove-slow prove-pages prove-crash prove-chaos fuzz soak
.PHONY: bench screenshots docs clean

PATH ?= /usr/local/bin:/usr/bin:/bin
export PATH

KILLS ?= 150
PYTHON := .venv/bin/python
TOLLKEEPER := $(PYTHON) -m tollkeeper.cli.main
PIP := $(PYTHON) -m pip --disable-pip-version-check install --quiet --require-hashes

# A Python that was upgraded away leaves a dead link behind; then everything in .venv is made anew.
$(shell if [ -e .venv/.made ] && ! $(PYTHON) -c '' 2>/dev/null; then rm -f .venv/.made; fi)

help: ## Show this list
	@sed -n 's/^\([a-z-]*\):.*## /\1|/p' Makefile | while IFS='|' read -r name says; do printf '  make %-12s %s\n' "$$name" "$$says"; done

run: .venv/.base ## Start the shop with demo data; Ctrl-C stops it
	@exec $(TOLLKEEPER) serve --demo

demo: .venv/.base ## Buy a course without a browser, and time each stage
	@$(TOLLKEEPER) demo

test: .venv/.dev ## Lint, types, imports and the tests
	@$(MAKE) --no-print-directory --jobs=4 --output-sync=target lint types imports pytest

lint: .venv/.dev ## Look for mistakes and bad form
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: .venv/.dev ## Check the types
	$(PYTHON) -m mypy

imports: .venv/.dev ## Check that imports run downhill
	$(PYTHON) -c 'from importlinter.cli import lint_imports_command as lint; lint()'

pytest: .venv/.dev ## All tests but the long proofs, on all cores
	$(PYTHON) -m pytest -n auto --dist worksteal -m 'not proof and not looks'

format: .venv/.dev ## Bring the code into form
	$(PYTHON) -m ruff check --fix .
	$(PYTHON) -m ruff format .

prove-slow: .venv/.dev ## The tests that take long: kills, whole instances, sizes
	$(PYTHON) -m pytest -n auto --dist worksteal -m proof

prove-pages: .venv/.dev ## Every page: axe, light and dark, a small phone, every language
	$(PYTHON) -m pytest -n auto --dist worksteal -m 'looks and not proof'

prove-crash: .venv/.base ## Kill everything at every point; nothing acknowledged may be lost
	$(TOLLKEEPER) prove crash --kills $(KILLS)

prove-chaos: .venv/.base ## Every fault of the gateway; payers get access, nobody else does
	$(TOLLKEEPER) prove chaos

fuzz: .venv/.dev ## A hundred thousand pieces of nonsense at the webhooks
	TOLLKEEPER_FUZZ_REQUESTS=100000 $(PYTHON) -m pytest tests/payments/test_fuzz.py

soak: .venv/.base ## The long proof: a thousand kills
	$(TOLLKEEPER) prove crash --kills 1000

bench: .venv/.dev ## Measure against peers and the machine's limits
	$(PYTHON) -m bench

screenshots: .venv/.dev ## Take the pictures that the documents show
	$(PYTHON) -m pytest tests/browser --screenshots

docs: .venv/.base ## Write the reference pages from the code
	$(TOLLKEEPER) docs

clean: ## Remove what was built; data/ stays
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.base: requirements/base.txt .venv/.made
	@echo 'Installing what Tollkeeper needs into .venv (once; about a minute).'
	@$(PIP) -r requirements/base.txt
	@touch $@

.venv/.dev: requirements/dev.txt .venv/.made
	@echo 'Installing what its tests need into .venv (once; about two minutes).'
	@$(PIP) -r requirements/dev.txt
	@touch .venv/.base $@

# Root takes the system's Python first: the account that the servers run as cannot enter root's home.
.venv/.made:
	@home=$${HOME:-$$(getent passwd "$$(id -u)" | cut -d: -f6)}; \
	system='/usr/bin /usr/local/bin /opt/python*/bin /opt/*/bin'; \
	own="$$(echo "$$PATH" | tr ':' ' ') $$home/.pyenv/shims $$home/.pyenv/versions/3.1[1-9]*/bin $$home/.local/bin"; \
	if [ "$$(id -u)" = 0 ]; then folders="$$system $$own"; else folders="$$own $$system"; fi; \
	for name in python3.11 python3.12 python3.13 python3; do for folder in $$folders; do \
		[ -x "$$folder/$$name" ] || continue; \
		found=$$("$$folder/$$name" -c 'import sys, venv, ensurepip; print(sys.executable if sys.version_info >= (3, 11) else "")' 2>/dev/null) || continue; \
		[ -n "$$found" ] && break 2; \
	done; done; \
	if [ -z "$$found" ]; then \
		echo 'Tollkeeper needs Python 3.11 or newer with its venv module, and found none in:' >&2; \
		echo "  $$folders" >&2; \
		echo 'On Debian and Ubuntu: apt install python3 python3-venv' >&2; exit 1; \
	fi; \
	$(PYTHON) -m pip --version >/dev/null 2>&1 || "$$found" -m venv --clear .venv
	@site=$$($(PYTHON) -c 'import sysconfig; print(sysconfig.get_path("purelib"))') && echo ../../../../src > "$$site/tollkeeper.pth"
	@printf '#!/bin/sh\nexec "$$(dirname "$$0")/python" -m tollkeeper.cli.main "$$@"\n' > .venv/bin/tollkeeper
	@chmod +x .venv/bin/tollkeeper
	@touch $@
