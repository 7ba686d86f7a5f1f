# Everything starts here; `make help` lists the targets. All set-up is done by need, once: stamp files in the
# virtual environment remember it. Each Python version has an environment of its own (.venv-3.11, .venv-3.12).
#
#   make test PYTHON=python3.12     another interpreter
#   make test TESTS="tests/rules"   a part of the tests
#   make test VENV=/tmp/v           another place for the environment

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# The first of these that Open edX runs on, unless the caller names one.
ifeq ($(origin PYTHON),undefined)
PYTHON := $(shell for p in python3 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info[:2] not in ((3, 11), (3, 12)))' 2>/dev/null && echo $$p && break; done)
endif
VERSION := $(shell $(or $(PYTHON),false) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)

# Which releases of Open edX go with which Python: requirements/constraints/ says what is in them.
SET_3.11 := teak-ulmo
SET_3.12 := verawood
CONSTRAINTS ?= requirements/constraints/$(SET_$(VERSION)).txt

VENV ?= .venv-$(VERSION)
BENCH_VENV ?= $(VENV)-bench
JUDGE_VENV ?= $(VENV)-judge
LRS_VENV ?= $(VENV)-lrs
TUTOR_VENV ?= $(VENV)-tutor
PY := $(VENV)/bin/python
TESTS ?=
PIP_INSTALL := -m pip install -qq --disable-pip-version-check --constraint $(CONSTRAINTS)

# An environment whose interpreter has gone (Python upgraded, folder moved) is made anew.
ifneq ($(wildcard $(VENV)/.made),)
ifneq ($(shell $(PY) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null),$(VERSION))
$(shell rm -f $(VENV)/.made)
endif
endif

.PHONY: help
help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: $(VENV)/.demo ## Start workbench, rehearsal receiver and delivery worker; prints the addresses, Ctrl-C ends it
	@exec $(PY) demo/run.py

.PHONY: demo-reset
demo-reset: $(VENV)/.demo ## Begin the demonstration anew: forget its data, then start it
	@exec $(PY) demo/run.py --reset

# The environments are made side by side: each waits mostly for the network.
.PHONY: environments
environments:
	@$(MAKE) --no-print-directory --jobs=4 $(VENV)/.mariadb $(JUDGE_VENV)/.judge $(LRS_VENV)/.lrs $(TUTOR_VENV)/.tutor

.PHONY: test
test: environments ## All gates and tests; the tests marked `database` once more on PostgreSQL and MariaDB
	@CME_BADGE_JUDGE="$$(test -s $(JUDGE_VENV)/.judge && echo $(abspath $(JUDGE_VENV)/bin/python))" \
	CME_LRS_JUDGE="$$(test -s $(LRS_VENV)/.lrs && echo $(abspath $(LRS_VENV)/bin/python))" \
	CME_TUTOR="$$(test -s $(TUTOR_VENV)/.tutor && echo $(abspath $(TUTOR_VENV)/bin/python))" \
		$(PY) .ci/check.py gates tests $(TESTS)

.PHONY: search
search: $(VENV)/.test ## Try the tests that make up their own cases with new ones each time; what fails is a find
	@CME_SEARCH=1 $(PY) -m pytest -q -m hypothesis $(TESTS)

.PHONY: lint
lint: $(VENV)/.test ## Only the gates: ruff, mypy, import-linter, missing migrations
	@$(PY) .ci/check.py gates

.PHONY: bench
bench: $(BENCH_VENV)/.bench ## Print the benchmark tables in a small size: pages beside two other XBlocks, and reporting
	@$(BENCH_VENV)/bin/python benchmarks/run.py
	@$(BENCH_VENV)/bin/python -m benchmarks.pars --size 10000
	@$(BENCH_VENV)/bin/python -m benchmarks.xapi --statements 300 --rounds 1
	@CME_TEST_DATABASE=sqlite $(BENCH_VENV)/bin/python -m benchmarks.throughput --records 200 --rounds 1 --only webhook xapi
	@CME_TEST_DATABASE=sqlite $(BENCH_VENV)/bin/python -m benchmarks.claiming --rows 1000 50000

.PHONY: screenshots
screenshots: $(VENV)/.test system-packages ## Walk the demonstration in a real browser; the pictures go to var/screenshots
	@CME_PICTURES=1 $(PY) -m pytest -q -m browser

.PHONY: docs
docs: $(VENV)/.test ## Build the documentation into var/docs, with warnings as errors
	@$(PY) -m sphinx -q -W --keep-going -b html docs var/docs && echo "var/docs/index.html"

.PHONY: extract-translations
extract-translations: $(VENV)/.test ## Take the sentences out of the code into translations/*/LC_MESSAGES/text.po
	@$(PY) .ci/catalogues.py extract

.PHONY: compile-translations
compile-translations: $(VENV)/.test ## Compile what translators wrote into the text.mo that hosts read
	@$(PY) .ci/catalogues.py compile

.PHONY: clean
clean: ## Remove what was built: environments, caches, reports. The demonstration's data stays
	rm -rf .venv-3.11 .venv-3.11-bench .venv-3.11-judge .venv-3.11-lrs .venv-3.11-tutor .venv-3.12 .venv-3.12-bench .venv-3.12-judge .venv-3.12-lrs .venv-3.12-tutor build dist cme_xblock.egg-info var/reports \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.venv*' -prune -exec rm -rf {} +

.PHONY: system-packages
system-packages:
	@.ci/system-packages test "$(PYTHON)"

$(VENV)/.made $(BENCH_VENV)/.made $(JUDGE_VENV)/.made $(LRS_VENV)/.made $(TUTOR_VENV)/.made:
	@test -n "$(SET_$(VERSION))" || { echo "cme_xblock needs Python 3.11 or 3.12, as Open edX does, and found" \
		"$(if $(VERSION),Python $(VERSION),none$(if $(PYTHON), at $(PYTHON))). Install one, or name it: make ... PYTHON=/path/to/python3.12"; exit 1; }
	@.ci/system-packages venv "$(PYTHON)"
	@echo "Making $(@D) (Python $(VERSION), $(SET_$(VERSION)))"
	@$(PYTHON) -m venv --clear $(@D)
	@touch $@

$(VENV)/.demo: $(VENV)/.made setup.py requirements/base.txt $(CONSTRAINTS)
	@echo "Installing cme_xblock and the workbench into $(@D)"
	@$(PY) $(PIP_INSTALL) --editable . --requirement requirements/base.txt
	@touch $@

$(VENV)/.test: $(VENV)/.demo requirements/test.txt requirements/lint.txt
	@echo "Installing what the tests need into $(@D)"
	@$(PY) $(PIP_INSTALL) --requirement requirements/test.txt --requirement requirements/lint.txt
	@touch $@

# MariaDB's client is compiled. Where that fails the tests run without it and say so; the next run tries again.
$(VENV)/.mariadb: $(VENV)/.test requirements/mariadb.txt | system-packages
	@if $(PY) $(PIP_INSTALL) --requirement requirements/mariadb.txt > $(VENV)/mariadb.log 2>&1; then touch $@; \
		else echo "mysqlclient could not be built ($(VENV)/mariadb.log): the tests will leave MariaDB out"; fi

# A stranger to verify our badges. Where it cannot be installed the stamp stays empty, and that test is left out.
$(JUDGE_VENV)/.judge: $(JUDGE_VENV)/.made requirements/judge.txt
	@echo "Installing an independent verifier of badges into $(@D)"
	@if $(@D)/bin/python -m pip install -qq --disable-pip-version-check --requirement requirements/judge.txt \
		> $(@D)/judge.log 2>&1; then echo yes > $@; \
		else echo "openbadgeslib could not be installed ($(@D)/judge.log): its test is left out"; : > $@; fi

# A real Learning Record Store to take our statements, likewise.
$(LRS_VENV)/.lrs: $(LRS_VENV)/.made requirements/lrs.txt
	@echo "Installing a Learning Record Store into $(@D)"
	@if $(@D)/bin/python -m pip install -qq --disable-pip-version-check --requirement requirements/lrs.txt \
		> $(@D)/lrs.log 2>&1; then echo yes > $@; \
		else echo "ralph could not be installed ($(@D)/lrs.log): its tests are left out"; : > $@; fi

# Tutor itself, to render what our plugin for it makes; likewise.
$(TUTOR_VENV)/.tutor: $(TUTOR_VENV)/.made requirements/tutor.txt
	@echo "Installing Tutor into $(@D)"
	@if $(@D)/bin/python -m pip install -qq --disable-pip-version-check --requirement requirements/tutor.txt \
		> $(@D)/tutor.log 2>&1; then echo yes > $@; \
		else echo "Tutor could not be installed ($(@D)/tutor.log): its tests are left out"; : > $@; fi

$(BENCH_VENV)/.bench: $(BENCH_VENV)/.made setup.py requirements/base.txt requirements/bench.txt $(CONSTRAINTS)
	@echo "Installing cme_xblock and the blocks to compare with into $(@D)"
	@$(BENCH_VENV)/bin/python $(PIP_INSTALL) --editable . --requirement requirements/bench.txt
	@touch $@
