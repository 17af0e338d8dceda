# Two commands on a fresh machine: make demo, make test. Both set up what they need.
PYTHON ?= python3
RUN := .venv/bin/python
export OMP_NUM_THREADS ?= 1

.PHONY: demo test lint bench serve setup clean

demo: setup
	$(RUN) -m plainview demo demo

test: setup
	$(RUN) tools/run_tests.py

lint: setup
	$(RUN) -m ruff check src tests bench tools
	$(RUN) -m mypy
	.venv/bin/lint-imports

bench: setup
	$(RUN) -m bench

serve: setup
	$(RUN) -m plainview serve demo/site

setup:
	@$(PYTHON) tools/setup.py

clean:
	rm -rf .venv demo build web/node_modules src/plainview/publish/static/built
