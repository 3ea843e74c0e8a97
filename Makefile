# serve · build · test · soak · everywhere · versions · mutants · models · bench · outputs · export · lock · audit · clean. Each target sets up what it needs;
# `make PYTHON=python3.12` chooses a Python.
PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

# Material announces its end of life on every start; we know.
export NO_MKDOCS_2_WARNING = 1

.PHONY: serve build test soak everywhere versions mutants models bench outputs export lock audit clean setup tools setup-bench setup-mutants setup-models browser

serve: setup
	$(BIN)/mkdocs serve --dev-addr 127.0.0.1:$(PORT)

build: setup
	$(BIN)/mkdocs build

# The build runs every cell of every page, once: the tests of the site take what the cells printed from its cache.
# Counting lines makes Python slow, so only the tests of snippets/ do it: they reach every line by themselves.
test: setup browser
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	$(BIN)/mkdocs build
	$(BIN)/pytest --markdown-docs docs
	$(BIN)/pytest tests/snippets --cov=snippets --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/pytest tests --ignore=tests/soak --ignore=tests/snippets

# The slow attacks on the set-up, the build and the site: minutes; CI runs them every week.
soak: setup tools browser
	$(BIN)/pytest tests/soak

# Every cell under simulated processors, as a table; minutes. ON=laptop chooses places, PAGES=training.md pages;
# AMD=1 and ARM=1 add emulated machines: hours, and what is done stays when you stop it.
everywhere: setup
	$(BIN)/python -m tests.everywhere $(if $(PAGES),--pages $(PAGES)) $(if $(ON),--on $(ON)) $(if $(AMD),--amd) $(if $(ARM),--arm)

# Every proof under nine versions of torch, into tests/everywhere/results.json: 0.9 GB of download each, one after the other;
# what is done stays when you stop it. ON=pin is what a changed proof needs, without a download; ON="2.4.1 newest" chooses.
# Each environment is removed after its run, unless KEEP=1. ON=AMD and ON=ARM measure
# emulated processors, hours, but for AMD where AMD made this one.
versions: setup
	$(BIN)/python -m tests.everywhere.versions $(if $(ON),--on $(ON))

bench: setup setup-bench browser
	.venv-bench/bin/python -m tests.bench
	$(BIN)/python -m tests.lab.bench

# The take-home tools on small models of forty architectures of transformers: minutes.
models: setup-models
	.venv-models/bin/python -m tests.models

# Minutes: every proof with a constant or a comparison changed, then our own code likewise; ON=linear.md or
# ON=snippets/bits.py chooses. `make test` tries the operators on a toy page.
mutants: setup-mutants
	.venv-mutants/bin/python -m tests.mutants $(ON)

outputs: setup
	$(BIN)/python -m tests.pages.outputs

# The executed pages as Markdown with all they load, in export/, for another generator.
export: build
	$(BIN)/python -m hooks.give.export site export

# $(call environment,FOLDER,LISTS): an environment with exactly what the lists pin, unless it is there. pip neither
# resolves nor compiles: the lists are complete and name wheels, so a release of tomorrow changes nothing. Only torch may
# bring packages along, because a CUDA build names NVIDIA's itself: see README.md, "What is pinned, and why".
install = -m pip install --quiet --disable-pip-version-check --only-binary :all:

define environment
@$(1)/bin/python -c '' 2>/dev/null && [ "$$(cat $(2))" = "$$(cat $(1)/.pins 2>/dev/null)" ] || { \
  $(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' || \
    { echo 'Python 3.11 to 3.14 is needed, and $(PYTHON) is not: install one, or name it: make PYTHON=python3.12'; exit 1; }; \
  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
    { echo '$(PYTHON) has no venv: install it (Debian and Ubuntu: apt-get install python3-venv)'; exit 1; }; \
  echo 'Setting up $(1), once; the first time takes minutes.' && \
  $(PYTHON) -m venv --clear $(1) && \
  $(1)/bin/python $(install) --no-deps --require-hashes $(addprefix --requirement ,$(filter-out $(TORCH),$(2))) && \
  $(if $(filter $(TORCH),$(2)),$(1)/bin/python $(install) --requirement $(TORCH) &&) \
  $(1)/bin/python -m pip check && cat $(2) > $(1)/.pins || \
    { echo '$(1) could not be set up: README.md, "On a new machine", says what it needs.'; exit 1; }; }
endef

TORCH := requirements-torch.txt
PINS := requirements.txt $(TORCH)

setup:
	$(call environment,.venv,$(PINS))

tools:
	$(call environment,.venv-tools,requirements-tools.txt)

# The peers and the mutation tool live in environments of their own, on top of the same pins.
setup-bench:
	$(call environment,.venv-bench,$(PINS) tests/bench/requirements.txt)

setup-mutants:
	$(call environment,.venv-mutants,$(PINS) tests/mutants/requirements.txt)

setup-models:
	$(call environment,.venv-models,$(PINS) tests/models/requirements.txt)

browser:
	@$(BIN)/python -m tests.browser.find

# Renews the pins, for all systems and Pythons at once; `make lock UPGRADE=` keeps the versions that stand, for a new package.
UPGRADE := --upgrade
compile = .venv-tools/bin/uv pip compile --quiet $(UPGRADE) --universal --python-version 3.11 --fork-strategy fewest \
  --no-strip-extras --generate-hashes --unsafe-package pip --custom-compile-command 'make lock' --output-file

lock: tools
	$(compile) requirements.txt requirements.in
	$(compile) tests/bench/requirements.txt --constraint requirements.txt tests/bench/requirements.in
	$(compile) tests/mutants/requirements.txt --constraint requirements.txt tests/mutants/requirements.in
	$(compile) tests/models/requirements.txt --constraint requirements.txt tests/models/requirements.in
	$(compile) requirements-tools.txt requirements-tools.in

# Known vulnerabilities of the pins, from a database on the network; strict: a package that it does not know fails too.
pip-audit = .venv-tools/bin/pip-audit --strict --progress-spinner off --disable-pip
audit: tools
	$(pip-audit) --require-hashes --requirement requirements.txt
	$(pip-audit) --require-hashes --requirement tests/bench/requirements.txt
	$(pip-audit) --require-hashes --requirement tests/mutants/requirements.txt
	$(pip-audit) --require-hashes --requirement tests/models/requirements.txt
	$(pip-audit) --require-hashes --requirement requirements-tools.txt
	$(pip-audit) --no-deps --requirement $(TORCH)

clean:
	rm -rf site .site.building .site.old export .cache .venv .venv-bench .venv-mutants .venv-models .venv-tools .pytest_cache .ruff_cache .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
