# The two commands are `make run` and `make test`; both set up what they need first.

DATA ?= ../shared/data/routing
ARGS ?=
PYTEST_ARGS ?= -n 2
BIN := .venv/bin

.PHONY: run test bench package train screenshots clean setup-run setup-test setup-train

run: setup-run
	@$(BIN)/compute-broker $(ARGS)

test: setup-test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest $(PYTEST_ARGS)

bench: setup-test
	$(BIN)/python tests/bench/run.py

package: setup-test
	$(BIN)/python packaging/package.py

train: setup-train
	$(BIN)/python packaging/train/train.py --data $(DATA)

screenshots: setup-test
	$(BIN)/python packaging/screenshots.py

clean:
	rm -rf .venv build dist .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup-run:
	@packaging/setup.sh run </dev/null

setup-test:
	@packaging/setup.sh test </dev/null

setup-train:
	@packaging/setup.sh train </dev/null
