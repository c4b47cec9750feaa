# Two commands do everything: `make run` starts the bot, `make test` tests it. Both set up what they need, once.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -q install -c constraints.txt
PYTEST := $(BIN)/python -m pytest
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run chat test test-training test-slow test-lowest axe commonmark-spec upstream load check check-static \
	format coverage messages docs pictures counts demo-model demo-eval bench clean

help: ## show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

run: $(VENV)/.run-ready ## set up, then start the bot on the bundled demo model
	@exec $(BIN)/roost run $(ARGS)

chat: $(VENV)/.run-ready ## set up, then talk in this terminal only
	@exec $(BIN)/roost chat $(ARGS)

test: $(VENV)/.test-ready ## set up, then run the tests (about 15 minutes on two cores)
	$(PYTEST) -m "not slow" -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(or $(ARGS),--ignore tests/training)
	@$(if $(ARGS),,$(MAKE) --no-print-directory test-training)

test-training: $(VENV)/.test-ready ## the tests of the demo model's training (under a minute)
	$(PYTEST) -m "not slow" -n $(WORKERS) tests/training

test-slow: $(VENV)/.test-ready ## the long runs: kills, soaks
	$(PYTEST) -m "slow and not load" --timeout 3000 -n $(WORKERS) $(ARGS)

test-lowest: $(VENV)/.test-ready ## the web page on the lowest versions that pyproject.toml allows
	@mkdir -p build
	$(BIN)/python -m tools.lowest fastapi starlette uvicorn > build/lowest.txt
	$(BIN)/python -m pip install -q --no-deps --upgrade --target build/lowest -r build/lowest.txt
	PYTHONPATH=build/lowest $(PYTEST) tests/platforms/web -m "not browser" $(ARGS)

axe: ## fetch axe-core (MPL-2.0), with which a test looks for what bars people from the page
	@mkdir -p build/axe
	cd build/axe && npm pack --silent axe-core@4.14.1 | xargs tar xzf && mv package/axe.min.js .

commonmark-spec: ## fetch CommonMark's examples (CC-BY-SA), which a test of the page's Markdown then reads
	@mkdir -p build/commonmark-spec
	cd build/commonmark-spec && npm pack --silent commonmark-spec@0.31.2 | xargs tar xzf && mv package/spec.txt .

UPSTREAM := build/upstream
UPSTREAM_PIP := $(UPSTREAM)/venv/bin/python -m pip --disable-pip-version-check -q
upstream: $(UPSTREAM)/.ready ## fetch the programs that the tests put in front of the HTTP API (three minutes)

$(UPSTREAM)/.ready: Makefile
	@mkdir -p $(UPSTREAM)/sillytavern
	@$(PYTHON) -m venv $(UPSTREAM)/venv
	@$(UPSTREAM_PIP) install 'openai[aiohttp]==3.57.0' pytest pytest-asyncio pytest-xdist rich inline-snapshot \
		llm-comply==0.5.0 schemathesis==4.32.5 llm==0.36 langchain-openai
	@$(UPSTREAM_PIP) download --no-deps --no-binary openai -d $(UPSTREAM) openai==3.57.0
	@cd $(UPSTREAM) && tar xzf openai-3.57.0.tar.gz
	@cd $(UPSTREAM)/sillytavern && npm install --silent --no-audit --no-fund --prefix . sillytavern@1.19.0
	@touch $@

load: $(VENV)/.test-ready ## five minutes on a bad network: 200 people on Discord, then QQ; a cluster in Ray
	$(PYTEST) -m load -s tests/platforms/discord/test_load.py tests/platforms/onebot/test_load.py \
		tests/platforms/qq/test_load.py tests/cluster $(ARGS)

check-static: $(VENV)/.test-ready ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: check-static ## lint, format, types, tests with coverage
	$(BIN)/coverage run -m pytest -m "not slow" $(ARGS)
	$(BIN)/coverage report --skip-covered --sort cover

format: $(VENV)/.test-ready ## format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

messages: $(VENV)/.test-ready ## collect the texts for translation, and compile the catalogues
	$(BIN)/python -m tools.messages

docs: $(VENV)/.test-ready ## write the generated page and the picture of the packages
	$(BIN)/python -m tools.reference > docs/commands.md.new && mv docs/commands.md.new docs/commands.md
	$(BIN)/python -m tools.architecture

pictures: $(VENV)/.test-ready ## take the pictures of the web page in README.md and docs/ anew (a minute)
	$(BIN)/python -m tests.platforms.web.pictures

counts: $(VENV)/.test-ready ## figures of the code: packages, cycles, names, types, long functions, tests
	$(BIN)/python -m tools.counts

demo-model: $(VENV)/.training-ready ## train the bundled model again from its data (five hours on two cores)
	$(BIN)/python -m training all

demo-eval: $(VENV)/.test-ready ## measure the bundled model on data it never saw
	$(BIN)/python -m training eval

bench: $(VENV)/.test-ready ## compare with the rwkv package on this machine
	$(BIN)/roost bench --shape 0.1b --peer rwkv $(ARGS)

clean: ## remove the virtual environment and caches (never data/)
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# --- set-up: a stamp is newer than what it was made from, so nothing is installed twice ---------------------------

$(VENV)/.created:
	@echo "[1/3] creating the virtual environment in $(VENV)"
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Roost needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V)."; \
		echo "Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run-ready: $(VENV)/.created pyproject.toml constraints.txt
	@echo "[2/3] installing Roost and what it needs (the first time: about two minutes)"
	@$(PIP) -e '.[discord,qq]'
	@echo "[3/3] preparing the compute kernels for this machine"
	@$(BIN)/python -m bot.engine.bench.warm models/demo/demo.pth
	@touch $@

$(VENV)/.training-ready: $(VENV)/.run-ready
	@echo "[+] installing what the training needs"
	@$(PIP) -e '.[training]'
	@touch $@

$(VENV)/.test-ready: $(VENV)/.run-ready
	@echo "[+] installing the tools for tests"
	@$(PIP) -e '.[discord,qq,postgresql,dev]'
	@touch $@
