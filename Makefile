# Everything runs in .venv; only Python 3.11 or newer and make have to be there first.

PYTHON ?= python3
PORT ?= 8000
PYTEST_ARGS ?=
BENCH_ARGS ?=
MUTATE_ARGS ?=
FUZZ_ARGS ?=
SANDBOX_ARGS ?=
SOAK_ARGS ?=
MILLION_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
VALIDATORS := tests/validators
SERVER_CODE := tests/interop/server
BROWSER := tests/browser
CLIENTS := tests/clients
POSTGRESQL := $(shell command -v initdb || ls -d /usr/lib/postgresql/*/bin/initdb 2>/dev/null)
CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)
NODE := $(shell command -v node >/dev/null 2>&1 && command -v npm >/dev/null 2>&1 && echo yes)
JAVA_RUNS := $(shell java -version 2>&1 | grep -Eq '"(1[7-9]|[2-9][0-9])' && echo yes)
JAVA := $(and $(JAVA_RUNS),$(shell command -v mvn >/dev/null 2>&1 && command -v javac >/dev/null 2>&1 && echo yes))

# A change of what is to be installed makes the stamps stale, and the next call installs again.
PYTHON_STAMP := $(VENV)/.made
RUN_STAMP := $(VENV)/.installed-run
TEST_STAMP := $(VENV)/.installed-test
BENCH_STAMP := $(VENV)/.installed-bench
MUTATION_STAMP := $(VENV)/.installed-mutation
FUZZ_STAMP := $(VENV)/.installed-fuzz
BROWSER_STAMP := $(VENV)/.installed-browser
POSTGRESQL_STAMP := $(VENV)/.installed-postgresql
SPARK_STAMP := $(VENV)/.installed-spark
DEPLOY_STAMP := $(VENV)/.installed-deploy
TOOLS_STAMP := $(VENV)/.installed-tools
NODE_STAMP := $(if $(NODE),$(VALIDATORS)/node_modules/.installed)
AXE_STAMP := $(if $(NODE),$(BROWSER)/node_modules/.installed)
CLIENTS_STAMP := $(if $(NODE),$(CLIENTS)/node_modules/.installed)
HAPI_STAMP := $(if $(JAVA),$(VALIDATORS)/hapi/target/.built)
SERVER_STAMP := $(SERVER_CODE)/target/.built
OTHER_TOOLS := $(strip $(NODE_STAMP) $(AXE_STAMP) $(CLIENTS_STAMP) $(HAPI_STAMP) $(if $(JAVA),$(SERVER_STAMP)))
REQUIREMENTS := setup.cfg pyproject.toml constraints.txt

export PORT

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test lint format docs bench mutate fuzz validate interop browser clients postgresql spark million sandbox faults soak deploy-check sbom licences lock audit venv tools clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## serve on http://127.0.0.1:8000 (PORT=... changes the port)
	@exec $(BIN)/gunicorn -c deploy/gunicorn.conf.py 'service.api.app:create_app()'

test: $(TEST_STAMP) ## run all tests (PYTEST_ARGS='-n auto' spreads them over the processors)
	@$(BIN)/python -m pytest $(PYTEST_ARGS)
	@echo "Left out, as commands of their own: the FHIR validators (make validate), the round trip on a FHIR server (make interop), the page in a browser (make browser), clients of CDS Hooks (make clients), the database in PostgreSQL (make postgresql), cohorts on Spark (make spark), and the deployment behind nginx (make deploy-check)."

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

bench: $(BENCH_STAMP) ## measure assessments, calls, start, memory and cohorts against their targets (BENCH_ARGS='--quick')
	@$(BIN)/python -m tests.bench $(BENCH_ARGS)

mutate: $(MUTATION_STAMP) ## change the scores and the rules bit by bit and count what the tests notice (MUTATE_ARGS='--module sins')
	@$(BIN)/python -m tests.mutation $(MUTATE_ARGS)

fuzz: $(FUZZ_STAMP) ## send 100,000 hostile requests, and look for faults by the OpenAPI document and by the code that is reached (FUZZ_ARGS='--count 5000')
	@$(BIN)/python -m tests.fuzz $(FUZZ_ARGS)

validate: $(RUN_STAMP) $(NODE_STAMP) $(HAPI_STAMP) ## check answers of every kind and all that is published with other people's FHIR validators (needs node and Java)
	@$(BIN)/python -m tests.validators $(if $(NODE),--node) $(if $(JAVA),--java)
	@$(if $(NODE),,echo "Left out: two FHIR validators, because node or npm is not installed.")
	@$(if $(JAVA),,echo "Left out: the FHIR validator of HL7, because mvn or a JDK 17 or newer is not installed.")

ifeq ($(JAVA),yes)
interop: $(TEST_STAMP) $(SERVER_STAMP) ## read from and write to a FHIR server that is not ours, and kill it in between (needs Java)
	@INTEROP=1 $(BIN)/python -m pytest tests/interop $(PYTEST_ARGS)
else
interop:
	@echo "Left out: the round trip on a FHIR server, because mvn or a JDK 17 or newer is not installed."
endif

ifeq ($(and $(NODE),$(CHROMIUM)),)
browser:
	@echo "Left out: the page in a browser, because chromium, node or npm is not installed (on Debian: apt install chromium nodejs npm)."
else
browser: $(BROWSER_STAMP) $(AXE_STAMP) ## try the page in Chromium, as people do and as axe-core does (needs chromium and node)
	@BROWSER=1 CHROMIUM="$(CHROMIUM)" $(BIN)/python -m pytest tests/browser $(PYTEST_ARGS)
endif

ifeq ($(NODE),yes)
clients: $(TEST_STAMP) $(CLIENTS_STAMP) ## call the CDS Hooks services with a client that is not ours (needs node)
	@CLIENTS=1 $(BIN)/python -m pytest tests/clients $(PYTEST_ARGS)
else
clients:
	@echo "Left out: clients of CDS Hooks, because node or npm is not installed."
endif

ifeq ($(POSTGRESQL),)
postgresql:
	@echo "Left out: the database in PostgreSQL, because its server is not installed (on Debian: apt install postgresql)."
else
postgresql: $(POSTGRESQL_STAMP) ## keep feedback and sessions in a PostgreSQL that is made for it (needs postgresql)
	@tests/storage/postgresql.sh $(BIN)/python -m pytest tests/storage $(PYTEST_ARGS)
endif

ifeq ($(JAVA_RUNS),yes)
spark: $(SPARK_STAMP) ## assess cohorts on Apache Spark, and compare with the engine of one machine (needs Java)
	@SPARK=1 $(BIN)/python -m pytest tests/spark $(PYTEST_ARGS)
else
spark:
	@echo "Left out: cohorts on Spark, because Java 17 or newer is not installed (on Debian: apt install openjdk-17-jre-headless)."
endif

million: $(TEST_STAMP) ## assess a million made patients, undisturbed and again killed and going on, and compare (MILLION_ARGS='--patients 20000')
	@$(BIN)/python -m tests.bench.million $(MILLION_ARGS)

faults: $(TEST_STAMP) ## attack the callers, the limits and the outgoing calls, break workers, disks and databases, and count what gets through
	@$(BIN)/python -m tests.faults

soak: $(TEST_STAMP) ## load the server as it is deployed for ten minutes while its workers are killed (SOAK_ARGS='--minutes 1')
	@$(BIN)/python -m tests.soak $(SOAK_ARGS)

ifdef SERVER
sandbox: $(TEST_STAMP) ## seed synthetic patients on a FHIR server for trying out, make the round trip, say what it could do (SERVER=https://...)
	@$(BIN)/python -m tests.sandbox --server "$$SERVER" $(SANDBOX_ARGS)
else
sandbox:
	@echo "make sandbox: it writes synthetic patients to a server; name it: make sandbox SERVER=https://..." >&2; exit 2
endif

deploy-check: $(DEPLOY_STAMP) ## check image, compose, Kubernetes, systemd and nginx as far as this machine can (best with nginx and kubectl)
	@deploy/check.sh $(PYTEST_ARGS)

sbom: $(DEPLOY_STAMP) ## write the software bill of materials in CycloneDX: build/spinemets-cds.cdx.json
	@$(BIN)/python deploy/inventory.py sbom

licences: $(DEPLOY_STAMP) ## write docs/licences.md from what running needs
	@$(BIN)/python deploy/inventory.py licences

lock: $(DEPLOY_STAMP) ## write the locks with the hashes that the image is built from
	@deploy/lock.sh

audit: $(DEPLOY_STAMP) ## ask PyPI whether a vulnerability is known of anything that the image is built from (needs pypi.org)
	$(BIN)/pip-audit --strict --disable-pip --require-hashes --requirement deploy/requirements.lock --requirement deploy/build.lock

venv: $(TEST_STAMP) ## make .venv with all that development needs

# What Node and Java need comes beside the packages of Python.
tools: ## install what every check needs, as far as this machine can
	@$(MAKE) --no-print-directory $(TOOLS_STAMP) & python=$$!; \
	others=0; $(if $(OTHER_TOOLS),$(MAKE) --no-print-directory $(OTHER_TOOLS) || others=$$?;) \
	wait $$python && exit $$others

clean: ## remove all that the other targets made
	rm -rf $(VENV) build dist *.egg-info $(VALIDATORS)/node_modules $(BROWSER)/node_modules $(CLIENTS)/node_modules $(VALIDATORS)/hapi/target $(SERVER_CODE)/target
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

# The tests' packages are on top of those for running, so this settles both. The tests try every command, and that of
# the extra validation among them.
$(TEST_STAMP): $(PYTHON_STAMP) $(REQUIREMENTS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,validation]'
	@touch $(RUN_STAMP) $@

$(BENCH_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,bench]'
	@touch $@

$(MUTATION_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,mutation]'
	@touch $@

$(FUZZ_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,fuzz]'
	@touch $@

$(BROWSER_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,browser]'
	@touch $@

$(POSTGRESQL_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,postgresql]'
	@touch $@

$(SPARK_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,spark]'
	@touch $@

$(DEPLOY_STAMP): $(TEST_STAMP)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,deploy]'
	@touch $@

# All at once: one after another, each would settle anew what fits what.
$(TOOLS_STAMP): $(PYTHON_STAMP) $(REQUIREMENTS)
	$(PIP) install --quiet --constraint constraints.txt --editable '.[test,validation,browser,postgresql,spark,deploy]'
	@touch $(RUN_STAMP) $(TEST_STAMP) $(BROWSER_STAMP) $(POSTGRESQL_STAMP) $(SPARK_STAMP) $(DEPLOY_STAMP) $@

# The folders of Node: the lock names what is fetched.
%/node_modules/.installed: %/package.json %/package-lock.json
	cd $* && npm ci --no-audit --no-fund
	@touch $@

# Both Java projects: the pom names what is fetched, and copies it beside the classes.
%/target/.built: %/pom.xml %/src/main/java/spinemets/*/*.java
	mvn --quiet --batch-mode --file $*/pom.xml compile
	@touch $@
