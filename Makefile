# Cotano's commands. `make run` and `make test` are all a fresh machine needs; docs/testing.md tells the rest.
PYTHON ?= python3
PY = .venv/bin/python
PIP = $(PY) -m pip install --quiet --disable-pip-version-check --use-pep517
.PHONY: run test mutants demo bench check fmt messages shell pins

run: .venv/run ; @exec $(PY) -m cotano.up
test: .venv/dev ; @$(PY) -m tests.chromium && SIZE=$(SIZE) exec $(PY) -m pytest -n $(or $(N),logical) $(ARGS)
mutants: .venv/dev ; @exec $(PY) -m tests.mutants $(ARGS)
demo: .venv/run ; @exec $(PY) manage.py demo $(ARGS)
bench: .venv/dev ; @exec $(PY) manage.py bench $(ARGS)
check: .venv/dev ; @exec .ci/check
fmt: .venv/dev ; @$(PY) -m ruff check --fix --quiet . ; $(PY) -m ruff format .
messages: .venv/run ; @exec $(PY) manage.py messages
shell: .venv/run ; @exec $(PY) manage.py shell
pins: .venv/tools ; @for part in requirements requirements-dev; do .venv/tools/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url $(ARGS) -o $$part.txt $$part.in || exit 1; done

.venv/bin/pip: ; @sh .ci/venv "$(PYTHON)"
.venv/run: .venv/bin/pip requirements.txt ; @$(PIP) -r requirements.txt && touch $@
.venv/dev: .venv/run requirements-dev.txt ; @$(PIP) -r requirements-dev.txt && touch $@
.venv/tools: .venv/bin/pip ; @$(PY) -m venv $@ && $@/bin/python -m pip install --quiet --disable-pip-version-check uv
