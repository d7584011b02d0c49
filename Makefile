# make run     everything on this machine: database, demo community, API, pages, worker
# make test    all tests, with what they need
# make prove   the long proofs: every case of tests/proof and of the random lives (an hour or more)
# make drill-sync     the proof of the phone's protocol, every tier in full (some 36 minutes): SEED=1, ONLY="l1 feed"
# make drill-planted  bugs planted in copies of the tree: which harness finds which: SEED=1, ONLY="l1"
# make check   lint, types, layers, drift
# make bench   measure a generated city: SIZE=city (the default; minutes to make, kept), small or tiny; ONLY=filing,list
# make audit   Lighthouse and slow taps on the report screen (fetches Lighthouse with npx)
# make audit-start  how fast a steward's screens open without a network on a slow phone
# make audit-desk  how soon the desk is there on a slow laptop; its map dragged over 100,000 open tickets
# make drill-restore, drill-crowd   a restore with live phones; a thousand phones at once: SEED=1 TIER=short
# make audit-axe  axe over every screen of the demo, light and dark: ONLY=desk
# make drill-hour a dispatcher's hour: sixty mixed reports worked off by keys alone
# make screens every screen of the demo on one sheet, in screens/
# make docs    write into README and docs what the program knows of itself
# make lock    write the lock files anew from pyproject.toml
# make clean   remove what was built (never the data)
SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test prove drill-sync drill-planted check audit audit-start audit-desk audit-axe drill-hour screens docs lock clean system-run system-test

# Dozens of programs are started by the tests: none compiles our sources anew because of the caller's environment.
unexport PYTHONDONTWRITEBYTECODE
export PATH := $(CURDIR)/.venv/bin:$(PATH)

help:
	@sed -n 's/^# make/make/p' Makefile

run: system-run .venv/.runtime frontend/dist/index.html
	@exec gridward up

# The last line is pytest's own.
test: system-test .venv/.dev frontend/dist/index.html
	@pages=0; npm --prefix frontend test --silent </dev/null || pages=$$?; \
	tests=0; python -m pytest -n 3 --dist loadfile --no-loadscope-reorder || tests=$$?; \
	exit $$((pages > tests ? pages : tests))

PROOFS := tests/proof tests/domain/test_lifecycle_histories.py tests/journeys/test_replay.py
prove: system-test .venv/.dev
	@GRIDWARD_PROOF=full nice -n 10 python -m pytest -n 2 --dist load --durations=10 $(PROOFS)

drill-sync: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=src:tests nice -n 10 python -m drills.sync $(if $(SEED),--seed $(SEED)) $(ONLY)

drill-planted: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=src:tests nice -n 10 python -m drills.planted $(if $(SEED),--seed $(SEED)) $(ONLY)

check: system-run .venv/.dev frontend/dist/index.html
	@scripts/check.sh

system-run:
	@scripts/system.sh run

system-test:
	@scripts/system.sh test

.venv/.runtime: requirements.lock pyproject.toml | system-run
	@[ -e .venv/.dev ] || scripts/python.sh requirements.lock
	@[ ! -e .venv/.dev ] || scripts/python.sh requirements-dev.lock
	@touch $@

.venv/.dev: requirements-dev.lock pyproject.toml
	@scripts/python.sh requirements-dev.lock
	@touch $@ .venv/.runtime

frontend/node_modules/.complete: frontend/package-lock.json
	@scripts/pages.sh modules

PAGES := $(shell find frontend -path frontend/node_modules -prune -o -path frontend/dist -prune -o -type f -print)
frontend/dist/index.html: $(PAGES)
	@scripts/pages.sh

SIZE ?= city
bench: system-run .venv/.dev
	@python -m bench --size $(SIZE) $(if $(ONLY),--only $(ONLY))

TIER ?= full
SEEDED = $(if $(SEED),--seed $(SEED))
drill-restore: system-test .venv/.dev
	@PYTHONPATH=tests:src python -m drills.restore --size $(TIER) $(SEEDED)

drill-crowd: system-test .venv/.dev
	@PYTHONPATH=tests:src python -m drills.crowd --size $(TIER) $(SEEDED)

screens: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=tests python scripts/screens.py $(ONLY)

audit: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=tests python scripts/audit.py

audit-start: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=tests python scripts/audit_start.py

audit-desk: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=tests python scripts/audit_desk.py

audit-axe: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=tests python scripts/axe.py $(ONLY)

drill-hour: system-test .venv/.dev frontend/dist/index.html
	@PYTHONPATH=tests python scripts/hour.py

docs: .venv/.dev
	@.venv/bin/python scripts/docs.py

# Without the addresses of any registry, for every platform.
COMPILE := .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate
lock: .venv/.dev
	@.venv/bin/python -m pip install --quiet uv
	@$(COMPILE) pyproject.toml --group build -o requirements.lock
	@$(COMPILE) pyproject.toml --group build --group dev -c requirements.lock -o requirements-dev.lock

clean:
	rm -rf .venv frontend/node_modules frontend/dist .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
