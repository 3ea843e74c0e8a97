# serve · build · test · bench · mutants · outputs · lock · clean. Each target sets up what it needs; `make PYTHON=python3.12` chooses a Python.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

# Material announces its end of life on every start; we know.
export NO_MKDOCS_2_WARNING = 1

.PHONY: serve build test bench mutants mutants-code outputs lock clean setup browser

serve: setup
	$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

build: setup
	$(BIN)/mkdocs build

test: setup browser
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/pytest --markdown-docs docs
	$(BIN)/pytest tests --cov=snippets --cov-report=term-missing:skip-covered --cov-fail-under=100

# The peers live in an environment of their own, on top of the same pins.
bench: setup browser
	@cmp -s tests/bench/requirements.txt .venv-bench/.pins || { $(PYTHON) -m venv .venv-bench && \
	  .venv-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/bench/requirements.txt && \
	  cp tests/bench/requirements.txt .venv-bench/.pins; }
	.venv-bench/bin/python -m tests.bench
	$(BIN)/python -m tests.lab.bench

# Mutants of our own code, and whether a test notices each: mutmut and Stryker (Node.js 20 or newer), which nothing else needs.
mutants: mutants-code

mutants-code:
	@cmp -s tests/mutation/requirements.txt .venv-mutants/.pins || { $(PYTHON) -m venv .venv-mutants && \
	  .venv-mutants/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -r tests/mutation/requirements.txt && \
	  cp tests/mutation/requirements.txt .venv-mutants/.pins; }
	.venv-mutants/bin/python -m tests.mutation

outputs: setup
	$(BIN)/python -m tests.pages.outputs

# The pins are copied into .venv when all of them are installed: no set-up again until they change.
setup:
	@cmp -s requirements.txt .venv/.pins || $(MAKE) --no-print-directory .venv/.pins

.PHONY: .venv/.pins
.venv/.pins:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed, and $(PYTHON) is not: install one, or name it: make PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo '$(PYTHON) has no venv: install it (Debian and Ubuntu: apt-get install python3-venv)'; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.txt
	@cp requirements.txt .venv/.pins

browser:
	@$(BIN)/python -m tests.browser.find

lock: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --upgrade --strip-extras --no-emit-index-url \
	  --no-emit-find-links --output-file requirements.txt requirements.in
	sed -i.old 's/^\(torch==[0-9.]*\)+.*/\1/' requirements.txt && rm requirements.txt.old

clean:
	rm -rf site .cache .venv .venv-bench .venv-mutants .pytest_cache .ruff_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
