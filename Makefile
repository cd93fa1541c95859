# Everything runs in .venv; only Python 3.11 or newer and make have to be there first.

PYTHON ?= python3
PORT ?= 8000
PYTEST_ARGS ?=
MUTATE_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
VALIDATORS := tests/validators
ANSWERS := build/answers
ARTEFACTS := build/artefacts
EXAMPLES := $(wildcard examples/*.json examples/board/*.json)
NODE := $(shell command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && echo yes)

# A change of what is to be installed makes the stamps stale, and the next call installs again.
PYTHON_STAMP := $(VENV)/.made
RUN_STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test
MUTATION_STAMP := $(VENV)/.installed-mutation
NODE_STAMP := $(VALIDATORS)/node_modules/.installed
REQUIREMENTS := setup.cfg pyproject.toml constraints.txt

export PORT

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint format docs bench mutate validate venv clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## serve on http://127.0.0.1:8000 (PORT=... changes the port)
	@exec $(BIN)/gunicorn -c deploy/gunicorn.conf.py 'service.api.app:create_app()'

test: $(TEST_STAMP) ## run all tests (PYTEST_ARGS='-n auto' spreads them over the processors)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)
ifeq ($(NODE),yes)
	@echo "Left out: nothing. The FHIR validators are a command of their own: make validate."
else
	@echo "Left out: the FHIR validators (make validate), because node or npm is not installed."
endif

lint: $(TEST_STAMP) ## check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy service
	$(BIN)/lint-imports

format: $(TEST_STAMP) ## mend what ruff can mend
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

docs: $(TEST_STAMP) ## write the pages that follow from the data: docs/knowledge.md, and the tables of the README
	@mkdir -p build
	$(BIN)/python -m service knowledge --all > build/knowledge.md
	@mv build/knowledge.md docs/knowledge.md
	$(BIN)/python -m tests.docs.tables

bench: $(TEST_STAMP) ## measure the time an assessment takes
	$(BIN)/python -m tests.bench

mutate: $(MUTATION_STAMP) ## change the scores and the rules bit by bit and count what the tests notice (MUTATE_ARGS='--module sins')
	@$(BIN)/python -m tests.mutation $(MUTATE_ARGS)

ifeq ($(NODE),yes)
validate: $(RUN_STAMP) $(NODE_STAMP) ## check the answers to examples/ and all that is published with two other FHIR validators (needs node)
	@test -n "$(EXAMPLES)" || { echo "make validate: there is no examples/*.json to answer" >&2; exit 1; }
	@rm -rf $(ANSWERS) && mkdir -p $(ANSWERS)
	@set -e; for example in $(EXAMPLES); do \
		$(BIN)/python -m service assess "$$example" --format fhir > "$(ANSWERS)/$${example##*/}"; \
		$(BIN)/python -m service assess "$$example" --format transaction > "$(ANSWERS)/transaction-$${example##*/}"; \
	done
	@rm -rf $(ARTEFACTS) && $(BIN)/python $(VALIDATORS)/artefacts.py $(ARTEFACTS)
	@node $(VALIDATORS)/validate.mjs $(ANSWERS)/*.json $(ARTEFACTS)/*.json
else
validate:
	@echo "Left out: the FHIR validators, because node or npm is not installed."
endif

venv: $(TEST_STAMP) ## make .venv with all that development needs

clean: ## remove all that the other targets made
	rm -rf $(VENV) build dist *.egg-info $(VALIDATORS)/node_modules
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .benchmarks .hypothesis
	find service tests deploy -name __pycache__ -type d -prune -exec rm -rf {} +

$(PYTHON_STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "spinemets-cds needs Python 3.11 or newer; '$(PYTHON)' is not (make PYTHON=/path/to/python3 names another)." >&2; \
		exit 1; }
	@$(PYTHON) -m venv --clear $(VENV) || { \
		echo "No virtual environment could be made; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }
	@touch $@

$(RUN_STAMP): $(PYTHON_STAMP) $(REQUIREMENTS)
	$(PIP) install --quiet --constraint constraints.txt --editable .
	@touch $@

# The tests' packages are on top of those for running, so this settles both.
$(TEST_STAMP): $(PYTHON_STAMP) $(REQUIREMENTS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $(RUN_STAMP) $@

$(MUTATION_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,mutation]'
	@touch $@

$(NODE_STAMP): $(VALIDATORS)/package.json $(VALIDATORS)/package-lock.json
	cd $(VALIDATORS) && npm ci --no-audit --no-fund
	@touch $@
