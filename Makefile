# Needs Python 3.11 or later with pip and venv, and a package index. `make help` lists the targets.
#
# Three environments, because eventlet needs a gunicorn before 25.1, and what is promised is tried:
#   .venvs/newest  the newest of everything; runs the tests, lint, mypy, mkdocs and nox
#   .venvs/story   eventlet with the gunicorn it needs; runs the demos, and servers for some tests
#   .venvs/oldest  the lowest versions that pyproject.toml allows

PYTHON ?= python3
ARGS   ?=

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

newest_packages = -e '.[gevent,gunicorn,sqlalchemy]' --group tests --group lint --group typing --group docs --group sessions
story_packages  = -e '.[eventlet,sqlalchemy]' --group tests
oldest_packages = -e '.[eventlet,sqlalchemy]' --group tests --group oldest

# Tests of servers wait for them most of their time: several at once. Tests without a server take a
# processor each; what measures has no more beside it than one other file that does.
with_story     = STORY_PYTHON="$(CURDIR)/.venvs/story/bin/python"
test           = $(with_story) .venvs/newest/bin/python -m pytest
story_test     = .venvs/story/bin/python -m pytest
without_server = -n 2 -m 'not server'
quick          = -n 3 --dist worksteal -m 'not server or smoke'
matrix         = tests/servers/test_matrix.py tests/servers/test_signals.py
at_once        = -n 5 --dist worksteal
faults         = tests/faults
measuring      = tests/servers/test_governor.py tests/servers/test_outages.py tests/test_cli_forecast.py
others         = $(addprefix --ignore=,$(measuring))

# The tests start some thousand interpreters: where nothing is cached, each compiles all of our modules.
unexport PYTHONDONTWRITEBYTECODE

# The Python version is part of the stamp's name, so that another PYTHON rebuilds the environments.
version_of     = -c 'import sys; print("%d.%d" % sys.version_info[:2])'
python_version := $(shell $(PYTHON) $(version_of) 2>/dev/null)
stamp          := .installed-$(or $(python_version),none)
newest         := .venvs/newest/$(stamp)
story          := .venvs/story/$(stamp)
oldest         := .venvs/oldest/$(stamp)

define need_python
$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
  { echo 'make: Python 3.11 or later is needed, $(PYTHON) is $(or $(python_version),not there): try make PYTHON=python3.13' >&2; exit 1; }
endef

# Errors are still told; what pip warns of is the set-up of the machine, not of the project.
pip_quietly := -qq --disable-pip-version-check

# $(call venv,FOLDER): an environment of its own Python version, with the pinned pip.
define venv
[ "$$($(1)/bin/python $(version_of) 2>/dev/null)" = '$(python_version)' ] || $(PYTHON) -m venv --clear $(1)
$(1)/bin/python -m pip install $(pip_quietly) -r requirements/pip.txt
endef

.PHONY: help
help:  ## print this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1: \2/p' Makefile
	@echo
	@echo "PYTHON=python3.13 takes another Python, ARGS='-k name' passes arguments on to pytest."

.PHONY: demo
demo: $(story)  ## run the story: an app that would have been killed boots and serves
	.venvs/story/bin/python example/demo.py

.PHONY: demo-oom
demo-oom: $(story)  ## 97 workers in 512 MiB: killed by the kernel, then serving with one flag
	.venvs/story/bin/python example/demo_oom.py

.PHONY: test
test: $(newest) $(story)  ## what needs no server, and each way in and worker class; ARGS='-k name' for some
	$(test) $(or $(ARGS),$(quick))
	$(if $(ARGS),,$(story_test) -m smoke -k eventlet $(matrix))

.PHONY: test-rest
test-rest: $(newest) $(story)  ## the servers that `make test` leaves out: faults, measuring, the matrix of the newest
	$(test) -n 3 --dist worksteal -m 'server and not smoke' $(measuring)
	$(test) $(at_once) -m 'server and not smoke' $(others)
	$(story_test) $(at_once) -m 'not smoke' -k eventlet $(matrix)

.PHONY: test-oldest
test-oldest: $(oldest) $(story)  ## on the lowest versions: what needs no server, and each worker class
	$(with_story) .venvs/oldest/bin/python -m pytest $(or $(ARGS),$(without_server))
	$(if $(ARGS),,.venvs/oldest/bin/python -m pytest -n 3 -m smoke $(matrix))

.PHONY: test-matrix
test-matrix: $(oldest) $(story)  ## the rest of the matrix: the other cells on the story's and the oldest gunicorn
	$(story_test) $(at_once) -m 'not smoke' -k 'not eventlet' $(matrix) $(ARGS)
	.venvs/oldest/bin/python -m pytest $(at_once) -m 'not smoke' $(matrix) $(ARGS)

.PHONY: test-all
test-all: test test-rest test-oldest test-matrix  ## every test, on the newest, the story's and the oldest versions

.PHONY: test-slowest
test-slowest: $(newest) $(story)  ## `make test`, and its slowest thirty
	$(test) $(or $(ARGS),$(quick)) --durations=30

.PHONY: faults
faults: $(newest) $(story)  ## break things, and write down what a person sees
	FAULT_RESULTS=docs/explanation/faults.json $(test) $(at_once) $(faults) $(ARGS)
	.venvs/newest/bin/python tools/write_faults.py

# Dice: outside of the gate. Half of the time for the readers, guided by coverage, half for the properties.
FUZZ_MINUTES ?= 4
.PHONY: fuzz
fuzz: $(newest)  ## look for what nobody thought of, with random seeds; FUZZ_MINUTES=20
	@.venvs/newest/bin/python -m pip install $(pip_quietly) -c requirements/newest.txt --group fuzz
	@mkdir -p .fuzz/corpus
	PYTHONPATH=. .venvs/newest/bin/python tools/fuzz_readers.py .fuzz/corpus \
	  -max_total_time=$$(( $(FUZZ_MINUTES) * 30 )) -artifact_prefix=.fuzz/ -print_final_stats=1
	@end=$$(( SECONDS + $(FUZZ_MINUTES) * 30 )); while (( SECONDS < end )); do \
	  .venvs/newest/bin/python -m pytest -q -n 2 -m 'hypothesis and not server' \
	    --hypothesis-profile=explore $(ARGS); done

# faketime is a Debian package; what this machine lacks is skipped, and told. In CI that fails.
.PHONY: test-surroundings
test-surroundings: $(newest) $(story)  ## the tests on other days, in another shell and folder; ARGS='--list'
	$(with_story) .venvs/newest/bin/python tools/surroundings.py $(ARGS)

.PHONY: test-versions
test-versions: $(newest)  ## on every version: nox, which needs Python 3.11 to 3.14; ARGS='-s oldest'
	.venvs/newest/bin/python -m nox $(ARGS)

.PHONY: lint
lint: $(newest)  ## ruff, its formatter, and the import layers
	.venvs/newest/bin/python -m ruff check
	.venvs/newest/bin/python -m ruff format --check
	.venvs/newest/bin/lint-imports --no-logo

.PHONY: types
types: $(newest)  ## mypy
	.venvs/newest/bin/python -m mypy

.PHONY: docs
docs: $(newest)  ## write what is written by tools/, and build the documentation into site/
	.venvs/newest/bin/python tools/write_checks.py
	.venvs/newest/bin/python tools/write_support.py
	.venvs/newest/bin/python tools/write_faults.py
	NO_MKDOCS_2_WARNING=1 .venvs/newest/bin/python -m mkdocs build --quiet --strict

.PHONY: check
check: test test-rest test-oldest demo lint types docs  ## what CI runs
	@$(MAKE) --no-print-directory test-surroundings ARGS=--quick

.venvs/%/$(stamp): pyproject.toml requirements/%.txt requirements/pip.txt
	@$(need_python)
	@echo 'Installing .venvs/$* (Python $(python_version))'
	@$(call venv,.venvs/$*)
	@.venvs/$*/bin/python -m pip install $(pip_quietly) -c requirements/$*.txt $($*_packages)
	@touch $@

# The oldest Python decides: what it gets, the newer ones can install too.
.PHONY: lock
lock:  ## pin what is installed in requirements/; needs Python 3.11, the oldest supported
	@[ '$(python_version)' = 3.11 ] || { echo 'make: lock needs Python 3.11: make lock PYTHON=python3.11' >&2; exit 1; }
	@$(MAKE) --no-print-directory $(foreach name,newest story oldest,.venvs/lock/$(name).txt)
	@mv .venvs/lock/*.txt requirements/
	@rm -rf .venvs/lock

.PHONY: FORCE
.venvs/lock/%.txt: FORCE
	@echo 'Resolving requirements/$*.txt'
	@rm -rf .venvs/lock/$*
	@$(call venv,.venvs/lock/$*)
	@.venvs/lock/$*/bin/python -m pip install $(pip_quietly) $($*_packages)
	@echo "# Written by 'make lock'. Constraints of .venvs/$*, on Python 3.11 and later." > $@
	@.venvs/lock/$*/bin/python -m pip freeze --exclude-editable >> $@

.PHONY: clean
clean:  ## remove the environments, the built documentation and all caches
	rm -rf .venvs .nox .fuzz site build dist *.egg-info .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find flask_bootcheck tests example benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true
