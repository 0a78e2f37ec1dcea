# make demo and make test do all the set-up, on a machine that has Python 3.11 or later, and make.

VENV   ?= .venv
# The first interpreter that is new enough; override with `make PYTHON=…`.
PYTHON ?= $(firstword $(foreach p,python3 python3.13 python3.12 python3.11 python,$(shell \
	command -v $(p) >/dev/null 2>&1 && $(p) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(p))))

BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet
# lit and filecheck are found by their names.
export PATH := $(abspath $(BIN)):$(PATH)

.PHONY: demo test test-slow oracles fuzz lint bench docs pictures clean
.DELETE_ON_ERROR:

demo: $(VENV)/demo.stamp
	$(BIN)/python examples/demo.py

# Files are shared out as a whole, in the order of conftest.py: lit runs once, for all of its tests;
# two runs would write to the same files.
test: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder

test-slow: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -n auto --dist worksteal -m slow

# MLIR itself, for the tests that compare with it. They are skipped where it is not installed, as on
# machines for which there is no wheel.
oracles: $(VENV)/dev.stamp
	$(PIP) install -e '.[oracles]'

# Another SEED gives other inputs.
SEED ?= 0

fuzz: $(VENV)/dev.stamp
	$(BIN)/python tests/fuzz/fuzz.py --count 10000 --seed $(SEED) --keep fuzz-findings

lint: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright --pythonpath $(BIN)/python

bench: $(VENV)/demo.stamp
	$(BIN)/python benchmarks/compile_scaling.py
	$(BIN)/python benchmarks/ad_scaling.py

# The theme's remark on another version of MkDocs is not about this site.
docs: $(VENV)/docs.stamp
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict --quiet
	@echo "site/index.html"

# Draws the pictures of docs/ that are checked in again. It needs Graphviz; make docs does not.
pictures: $(VENV)/docs.stamp
	$(BIN)/python docs/pictures.py

clean:
	rm -rf $(VENV) build site dist *.egg-info .pytest_cache .hypothesis .ruff_cache
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo "make: letgrad needs Python 3.11 or later, and none was found; set PYTHON=" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || { \
		echo "make: $(PYTHON) cannot make virtual environments; install its venv module (on Debian: python3-venv)" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

# A stamp says with which pyproject.toml the extras were installed.
$(VENV)/demo.stamp: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[demo]'
	@touch $@

$(VENV)/docs.stamp: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[docs]'
	@touch $@

$(VENV)/dev.stamp: pyproject.toml | $(BIN)/python
	$(PIP) install -e '.[dev,demo]'
	@$(PIP) install -e '.[llvm]' || echo "make: without the extra 'llvm', compilation takes longer" >&2
	@touch $@ $(VENV)/demo.stamp
