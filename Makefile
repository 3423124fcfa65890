# The two commands: `make serve` runs the endpoint, `make test` runs every test. Both set up first.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: serve test lint clients conformance conformance-peers bench format validate infer wheel clean

serve: .venv/installed
	$(BIN)/gbagraph serve $(ARGS)

test: .venv/installed-dev lint clients
	$(BIN)/pytest $(ARGS)

clients: .venv/bin/python
	tests/interoperability/install-programs

lint: .venv/installed-dev
	$(BIN)/ruff check src tests bench
	$(BIN)/ruff format --check src tests bench
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

conformance: .venv/installed-dev
	@mkdir -p dist
	PYTHONPATH=tests $(BIN)/python -m conformance --table docs/conformance.md --earl dist/earl.ttl $(ARGS)

conformance-peers: .conformance/installed
	PATH="$(CURDIR)/.conformance/bin:$$PATH" $(MAKE) conformance \
	  ARGS="--server gbagraph --server oxigraph --server rdflib-endpoint --server pyoxigraph"

.conformance/installed:
	$(PYTHON) -m venv .conformance
	.conformance/bin/pip install --quiet oxigraph==0.5.13 'rdflib-endpoint[cli]==0.6.3'
	@touch $@

bench: .venv/installed-dev .bench/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group bench
	PYTHONPATH=. $(BIN)/python -m bench $(ARGS)

.bench/installed:
	$(PYTHON) -m venv .bench
	.bench/bin/pip install --quiet oxigraph==0.5.13 'rdflib-endpoint[cli]==0.6.3'
	@touch $@

format: .venv/installed-dev
	$(BIN)/ruff check --fix src tests bench
	$(BIN)/ruff format src tests bench

validate: .venv/installed
	$(BIN)/gbagraph validate

# By way of a file of its own: the old one stays when the data contradict the ontology.
infer: .venv/installed
	$(BIN)/gbagraph infer > data/inferred.ttl.new || { rm -f data/inferred.ttl.new; exit 1; }
	mv data/inferred.ttl.new data/inferred.ttl

wheel: .venv/installed-dev
	$(BIN)/python -m build --wheel

clean:
	rm -rf .venv .clients .conformance .bench dist build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 serve" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { echo "Python cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; \
	    rm -rf .venv; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/installed-dev: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev
	@touch $@
