# serve · build · archive · test · soak · everywhere · mutants · bench · outputs · export · lock · audit · clean. Each target sets up what it needs;
# `make PYTHON=python3.12` chooses a Python.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

# Material announces its end of life on every start; we know.
export NO_MKDOCS_2_WARNING = 1

.PHONY: serve build archive test soak everywhere mutants bench outputs export lock audit clean setup browser

serve: setup
	$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

build: setup
	$(BIN)/mkdocs build

# The site with itself in it as parameters-proven.zip, to read without a server.
archive: setup
	ARCHIVE=true $(BIN)/mkdocs build

# Counting lines makes Python slow, so only the tests of snippets/ do it: they reach every line by themselves.
test: setup browser
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/pytest --markdown-docs docs
	$(BIN)/pytest tests/snippets --cov=snippets --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/pytest tests --ignore=tests/soak --ignore=tests/snippets

# The slow attacks on the build and the site: minutes.
soak: setup browser
	$(BIN)/pytest tests/soak

# Every cell under simulated processors, as a table; minutes. ON=laptop chooses places, PAGES=training.md pages.
everywhere: setup
	$(BIN)/python -m tests.everywhere $(if $(PAGES),--pages $(PAGES)) $(if $(ON),--on $(ON))

# The peers and the mutation tools live in environments of their own, on top of the same pins.
environment = @cmp -s $(2) $(1)/.pins || { $(PYTHON) -m venv $(1) && $(call pins,$(1)/bin/python) && \
  $(1)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $(2) && cp $(2) $(1)/.pins; }

bench: setup browser
	$(call environment,.venv-bench,tests/bench/requirements.txt)
	.venv-bench/bin/python -m tests.bench
	$(BIN)/python -m tests.lab.bench

# Minutes: every proof with a constant or a comparison changed, then our own code likewise. `make test` tries the
# operators on a toy page.
mutants: setup
	$(BIN)/python -m tests.mutants
	$(call environment,.venv-mutants,tests/mutation/requirements.txt)
	.venv-mutants/bin/python -m tests.mutation

outputs: setup
	$(BIN)/python -m tests.pages.outputs

# The executed pages as Markdown with all they load, in export/, for another generator.
export: build
	$(BIN)/python -m hooks.export site export

# Two steps, because pip wants a hash for all or for none: see README.md, "What is pinned, and why".
PINS := requirements.txt requirements-torch.txt
pins = $(1) -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements.txt && \
  $(1) -m pip install --quiet --disable-pip-version-check --requirement requirements-torch.txt

# The pins are copied into .venv when all of them are installed: no set-up again until they change.
setup:
	@cat $(PINS) | cmp -s - .venv/.pins || $(MAKE) --no-print-directory .venv/.pins

.PHONY: .venv/.pins
.venv/.pins:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Python 3.11 or newer is needed, and $(PYTHON) is not: install one, or name it: make PYTHON=python3.12'; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo '$(PYTHON) has no venv: install it (Debian and Ubuntu: apt-get install python3-venv)'; exit 1; }
	$(PYTHON) -m venv .venv
	$(call pins,$(BIN)/python)
	@cat $(PINS) > .venv/.pins

browser:
	@$(BIN)/python -m tests.browser.find

lock: setup
	$(BIN)/python -m pip install --quiet --disable-pip-version-check pip-tools
	CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --upgrade --strip-extras --generate-hashes --unsafe-package pip \
	  --no-emit-index-url --no-emit-find-links --output-file requirements.txt requirements.in

# Known vulnerabilities of the pins, from a database on the network; strict: a package that it does not know fails too.
audit:
	@test -x .venv-audit/bin/pip-audit || { $(PYTHON) -m venv .venv-audit && \
	  .venv-audit/bin/python -m pip install --quiet --disable-pip-version-check pip-audit; }
	.venv-audit/bin/pip-audit --strict --progress-spinner off --disable-pip --require-hashes --requirement requirements.txt
	.venv-audit/bin/pip-audit --strict --progress-spinner off --disable-pip --no-deps --requirement requirements-torch.txt

clean:
	rm -rf site .site.building-* export .cache .venv .venv-bench .venv-audit .venv-mutants .pytest_cache .ruff_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
