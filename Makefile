# make setup    .venv with everything pinned
# make demo     an invented society's quarter, from its files to paid members; then the web pages
# make test     every test on SQLite, in a real browser; those with a database once more on PostgreSQL
# make spark    PySpark and Java for the cluster, which is an extra; the tests need them, and skip without
# make nightly  hostile files, kills and mutations by the thousand, on SQLite and PostgreSQL, a whole registry year; hours
# make bench    every stage and the heaviest pages, measured on both databases
# make peers    the systems that `muniment bench matching --peers` measures beside ours, in .venv-peers
# make check    formatting, lint, types and import contracts only
# make messages  gather and compile the translations
# make golden  write the golden files again; review the difference
# make pictures  take the pictures of the documents again, in the browser tests
# make lock     pin the newest versions again

SHELL := /bin/bash
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
TESTS ?= tests
SERVE ?= 1
PORT ?= 8000
MEMBERS ?= 300
WORKS ?= 2000
SEED ?= 1

.PHONY: setup demo nightly bench peers test check browser strangers spark test-sqlite test-postgres test-e2e messages golden pictures lock clean

setup: $(STAMP)

$(STAMP): requirements/uv.txt requirements/dev.txt
	@python=$$(bash tools/find_python.sh) || exit 1; \
	echo "Setting up $(VENV) with $$python"; \
	"$$python" -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --require-hashes -r requirements/dev.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q src
	@echo "Compiling the matcher and the division of pools, once: about a minute"
	@$(BIN)/python -m muniment.use.matching.bulk.warm
	@$(BIN)/python -m muniment.pay.distributions.bulk.warm
	@touch $@

demo: $(STAMP)
	@$(BIN)/muniment demo --members $(MEMBERS) --works $(WORKS) --seed $(SEED) --port $(PORT) $(if $(filter 0,$(SERVE)),--no-serve)

check: $(STAMP)
	$(BIN)/ruff format --check src tests tools
	$(BIN)/ruff check src tests tools
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tools/messages.py --check

test: check browser strangers spark
	@bash tools/side_by_side.sh "$(MAKE)" test-sqlite test-postgres

browser:
	@bash tools/ensure_browser.sh

strangers:
	@bash tools/ensure_go_sources.sh
	@bash tools/ensure_poppler.sh
	@bash tools/ensure_bouncycastle.sh

spark: $(STAMP)
	@bash tools/ensure_spark.sh $(BIN)

test-sqlite: $(STAMP)
	$(BIN)/python -m pytest $(TESTS)

test-postgres: $(STAMP)
	$(BIN)/python -m tests.postgres $(BIN)/python -m pytest $(TESTS) --database-only -m "not e2e and not spark"

nightly: $(STAMP)
	$(BIN)/python -m tests.fuzz --minutes 240
	$(BIN)/python -m tests.crash --kills 10000
	$(BIN)/python -m tests.postgres $(BIN)/python -m tests.crash --kills 1000
	rm -rf build/nightly build/nightly-postgres
	MUNIMENT_HOME=build/nightly $(BIN)/muniment bench mutations --count 10000
	MUNIMENT_HOME=build/nightly-postgres $(BIN)/python -m tests.postgres $(BIN)/muniment bench mutations --count 10000
	rm -rf build/nightly-log
	MUNIMENT_HOME=build/nightly-log $(BIN)/muniment bench log-mutations --count 10000
	rm -rf build/nightly-papers
	MUNIMENT_HOME=build/nightly-papers $(BIN)/muniment bench papers --changes 10000
	MUNIMENT_WHOLE_YEAR=1 $(BIN)/python -m pytest tests/flows/test_registry_year.py

bench: $(STAMP)
	rm -rf bench bench-postgres
	MUNIMENT_HOME=bench $(BIN)/muniment bench quarter
	MUNIMENT_HOME=bench-postgres $(BIN)/python -m tests.postgres $(BIN)/muniment bench quarter

peers: .venv-peers/.installed

.venv-peers/.installed: requirements/peers.txt | $(STAMP)
	$(BIN)/python -m venv --clear .venv-peers
	$(BIN)/uv pip install --quiet --python .venv-peers/bin/python --require-hashes -r requirements/peers.txt
	@touch $@

messages: $(STAMP)
	$(BIN)/python tools/messages.py

golden: $(STAMP)
	REWRITE_GOLDEN=1 $(BIN)/python -m pytest tests -k golden

pictures: $(STAMP) browser
	MAKE_PICTURES=1 $(BIN)/python -m pytest tests/e2e

lock: $(STAMP)
	$(BIN)/uv pip compile pyproject.toml --upgrade --universal --python-version 3.12 --generate-hashes --no-header -q -o requirements/base.txt
	$(BIN)/uv pip compile pyproject.toml --upgrade --extra dev -c requirements/base.txt --universal --python-version 3.12 --generate-hashes --no-header -q -o requirements/dev.txt
	$(BIN)/uv pip compile pyproject.toml --upgrade --extra spark -c requirements/dev.txt --universal --python-version 3.12 --generate-hashes --no-header -q -o requirements/spark.txt
	$(BIN)/uv pip compile requirements/peers.in --upgrade --universal --python-version 3.12 --generate-hashes --no-header -q -o requirements/peers.txt

clean:
	rm -rf $(VENV) .venv-peers demo var .mypy_cache .ruff_cache .pytest_cache
