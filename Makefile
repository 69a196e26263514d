# The two commands are `make run` and `make test`; both set up what they need first.

DATA ?= ../shared/data/routing
ARGS ?=
FOLDS ?= 1 2 3 4
PYTEST_ARGS ?= -n 2
BIN := .venv/bin

.PHONY: run test bench bench-routers bench-cross-checks package train screenshots translations clean setup-run setup-test setup-train

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

# Weights that have not seen a fold of the outcomes: two minutes each, made once.
LEFT_OUT = $(foreach fold,$(FOLDS),--hold $(fold) --weights build/hold-$(fold))

build/hold-%/weights.bin: $(wildcard packaging/train/*.* app/compute_broker/classify/*.py)
	@packaging/setup.sh train </dev/null
	$(BIN)/python packaging/train/train.py --data $(DATA) --hold $* --out build/hold-$*

bench-routers: setup-test $(FOLDS:%=build/hold-%/weights.bin)
	$(BIN)/python tests/bench/bench_routers.py --data $(DATA) $(LEFT_OUT)

bench-cross-checks: setup-test $(FOLDS:%=build/hold-%/weights.bin)
	$(BIN)/python tests/bench/bench_cross_checks.py --data $(DATA) $(LEFT_OUT) --without Qwen2.5-72B-Instruct

package: setup-test
	$(BIN)/python packaging/package.py

train: setup-train
	$(BIN)/python packaging/train/train.py --data $(DATA)

# The texts of the program for translators, and their translations for the program (docs/translating.md).
translations: setup-test
	$(BIN)/python packaging/translations.py

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
