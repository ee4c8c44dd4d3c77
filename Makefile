# Every verb sets up what it needs: after a clone, `make demo` or `make test` is all there is to type.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := .venv-bench
PEERS_READY := $(PEERS)/.ready
export HF_HUB_OFFLINE ?= 1
export HF_HUB_DISABLE_TELEMETRY ?= 1
export TOKENIZERS_PARALLELISM ?= false

.PHONY: install demo test test-slow check fix docs bench

install: $(READY)

# Nothing is upgraded behind anyone's back: the environment is renewed only when these files change.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "agentlog needs Python 3.11 or newer: make PYTHON=python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "installing into $(VENV) (a few minutes the first time)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch==2.13.0
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $(READY)

demo: install
	@$(BIN)/python -m examples.team.demo

test: install
	@$(BIN)/python -m pytest

test-slow: install
	@$(BIN)/python -m pytest -m slow

check: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

fix: install
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: install
	@$(BIN)/python -m pytest -m '' tests/test_docs.py

# What agentlog is compared with lives in an environment of its own, beside an agentlog that only logs.
$(PEERS_READY): pyproject.toml benchmarks/peers/requirements.txt | install
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@echo "installing the peers into $(PEERS) (a few minutes the first time)"
	@$(PEERS)/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/peers/requirements.txt -e .
	@touch $(PEERS_READY)

# Those of folders share parts, and some are named like modules of the standard library: they are run as modules.
bench: install $(PEERS_READY)
	@failed=; for script in benchmarks/*.py benchmarks/scrub/*.py benchmarks/build/*.py benchmarks/train/*.py; do \
	  python=$(BIN)/python; run=$$script; \
	  case $$script in \
	    */__init__.py | */building.py | */log.py | */near_texts.py) continue;; \
    */architectures.py | */conversations.py | */halves.py | */reference.py | */shapes.py) continue;; \
    */talk.py | */templates.py | */worker.py | */workloads.py) continue;; \
	    benchmarks/peers.py) python=$(PEERS)/bin/python;; \
	    benchmarks/scrub/* | benchmarks/build/* | benchmarks/train/*) run="-m $$(echo $${script%.py} | tr / .)";; \
	  esac; \
	  echo "== $$script"; $$python $$run || failed="$$failed $$script"; \
	done; test -z "$$failed" || { echo "failed:$$failed"; exit 1; }
