# `make serve` runs the endpoint, `make check` the fast tests, `make test` all of them. Each sets up first
# what it needs and does not find.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
# Tests at once. Most wait for a server or a client for part of their time, so four keep two cores busy.
JOBS ?= 4
# How long `make soak` puts load on a server; its property tests get as many more examples.
SECONDS ?= 600
# The version of pyoxigraph that `make engine` tries, as a requirement has it; nothing is the newest.
PYOXIGRAPH ?=

# Each of the many processes that tests start would compile the package again, were this set.
export PYTHONDONTWRITEBYTECODE :=

VERSION = $(shell sed -n 's/^__version__ = "\(.*\)"/\1/p' src/gbagraph/_version.py)

LICENCES := Apache;BSD;ISC;MIT;MPL;Mozilla;PSF;Python Software Foundation;W3C;0BSD;CC0;Zlib

FAST := not processes and not slow and not alone and not soak
PARALLEL = $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder

.PHONY: serve check test explain-score frontend prepared soak matrix engine lint format validate infer clients conformance conformance-peers bench pictures weight wheel site pages dist verify-dist upload audit release clean

serve: .venv/installed frontend prepared
	$(BIN)/gbagraph serve $(ARGS)

check: lint frontend prepared
	$(PARALLEL) -m "$(FAST)" $(ARGS)

# What measures time or memory last, with nothing beside it; the others at once, so that the fast ones run
# while others wait. Tests that are chosen by ARGS run one after another.
test: .venv/installed-dev frontend prepared
	$(MAKE) --jobs=2 lint clients
ifeq ($(ARGS),)
	$(PARALLEL) -m "not alone and not soak"
	$(BIN)/pytest -m "alone and not soak"
else
	$(BIN)/pytest -m "not soak" $(ARGS)
endif

# What pages load of npm packages; at once when it is built already, and no failure where it cannot be.
frontend: .venv/bin/python
	@$(BIN)/python scripts/frontend.py

# The built-in dataset as it is once loaded, so that no start computes it; at once when that is kept already.
prepared: .venv/installed
	@$(BIN)/python scripts/prepare.py

# What is found goes into reports/reliability.md.
soak: export SOAK_SECONDS = $(SECONDS)
soak: export RELIABILITY = $(CURDIR)/dist/reliability
soak: .venv/installed-dev
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group fuzz
	$(PARALLEL) -m "hypothesis and not soak" $(ARGS)
	$(PARALLEL) -m "not hypothesis and not alone and not soak" tests/fuzzing tests/reliability $(ARGS)
	$(BIN)/pytest -m "alone and not soak" tests/fuzzing tests/reliability $(ARGS)
	$(BIN)/pytest -m soak $(ARGS)
	$(BIN)/python scripts/reliability.py $(RELIABILITY)

# Then how much the fast tests run, which takes them nearly twice the time, and all of what `make test` runs a
# sample of.
matrix: export MATRIX = 1
matrix: .matrix/installed .venv/installed-dev clients
	JOBS=$(JOBS) scripts/matrix $(ARGS)
	$(PARALLEL) -q -m "$(FAST)" --cov
	$(PARALLEL) -q --all -m matrix

# Before pyoxigraph is upgraded: what is known of it, the tests that rest on it, and W3C's suites, with the
# newest version or that which is named: `make engine PYOXIGRAPH==0.5.14`.
engine: .matrix/installed
	.matrix/bin/uv venv --quiet --clear --python $(PYTHON) .matrix/engine
	echo 'pyoxigraph$(PYOXIGRAPH)' > .matrix/engine.txt
	.matrix/bin/uv pip install --quiet --python .matrix/engine --constraint constraints.txt --override .matrix/engine.txt --group dev --editable '.[curation]'
	.matrix/engine/bin/pytest -q tests/engine/test_engine_facts.py
	.matrix/engine/bin/pytest -q --all -n $(JOBS) --dist loadfile -m "not alone and not soak" \
	  tests/engine tests/api tests/data tests/dataset tests/features tests/names tests/queries tests/rdf tests/sparql
	PYTHONPATH=tests .matrix/engine/bin/python -m conformance

lint: .venv/installed-dev
	$(BIN)/ruff check src tests bench scripts
	$(BIN)/ruff format --check src tests bench scripts
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

format: .venv/installed-dev
	$(BIN)/ruff check --fix src tests bench scripts
	$(BIN)/ruff format src tests bench scripts

validate: .venv/installed-curation
	$(BIN)/gbagraph validate

# By way of a file of its own: the old one stays when the data contradict the ontology.
infer: .venv/installed-curation
	$(BIN)/gbagraph infer > data/inferred.ttl.new || { rm -f data/inferred.ttl.new; exit 1; }
	mv data/inferred.ttl.new data/inferred.ttl

clients: .venv/bin/python
	tests/interoperability/install-programs

conformance: .venv/installed-dev
	@mkdir -p dist
	PYTHONPATH=tests $(BIN)/python -m conformance --table reports/conformance.md --earl dist/earl.ttl $(ARGS)

conformance-peers: .conformance/installed
	PATH="$(CURDIR)/.conformance/bin:$$PATH" $(MAKE) conformance \
	  ARGS="--server gbagraph --server oxigraph --server rdflib-endpoint --server pyoxigraph"

# The pictures of pages in docs/: of the server as it is, in Debian's Chromium.
pictures: .venv/installed-dev clients frontend
	mkdir -p docs/pictures
	MAKE_PICTURES=1 $(BIN)/pytest -q tests/web/browser/test_pictures_of_the_docs.py

# All that a release has, so that it is compared as it would be installed.
bench: .venv/installed-dev frontend prepared .bench/installed
	PYTHONPATH=. $(BIN)/python -m bench $(ARGS)

# How many strangers' queries are explained rightly; what is not goes into reports/explain.md.
explain-score: .venv/installed-dev
	$(BIN)/python scripts/explain_score.py $(ARGS)

# What the software weighs, beside its budgets in budgets.toml.
weight: .venv/installed-dev
	$(BIN)/python scripts/weight.py

wheel: .venv/installed-dev prepared
	$(BIN)/python -m build --wheel

# The built-in graph as a folder for hosts of files: `make site ARGS="--base https://example.org/graph"`.
site: .venv/installed frontend prepared
	$(BIN)/gbagraph site dist/site $(ARGS)

# The site as GitHub Pages take it, with .well-known.
pages: site
	tar --create --file dist/artifact.tar --directory dist/site .

# What a release publishes, the files of its data too, with where these come from, the checksums of all, and the text.
dist: .venv/installed-dev frontend prepared
	rm -f dist/*.whl dist/*.gz dist/*.zip dist/*.sha256
	$(BIN)/python -m build
	cd data/releases && for file in $$(find . -name "$(VERSION).*" -printf "%P "); do \
	  cp "$$file" "../../dist/$$(echo "$$file" | tr / -)" || exit 1; done
	$(BIN)/python scripts/provenance.py > dist/provenance.json
	$(BIN)/python scripts/release.py --notes > dist/notes.md
	cd dist && sha256sum $$(ls | grep -E '\.(whl|gz|zip|sha256)$$|^provenance\.json$$') > SHA256SUMS

# As readers will, with what they install: whether all of `make dist` is signed by the workflow of releases, whose
# attestation is beside it, and the data within the wheel are.
verify-dist:
	$(PYTHON) -m venv .verify
	.verify/bin/pip install --quiet --constraint constraints.txt "$$(ls dist/*.whl)[verify]"
	cd dist && sha256sum --check --strict SHA256SUMS
	for file in $(VERSION) dist/*$(VERSION)*; do \
	  .verify/bin/gbagraph verify "$$file" --bundle dist/attestation.json || exit 1; done

# What GitHub shows as the release of the tag: by the workflow of releases alone.
upload:
	cp dist/attestation.json dist/gbagraph-$(VERSION).sigstore.json
	cd dist && gh release create v$(VERSION) --verify-tag --title "gbagraph $(VERSION)" --notes-file notes.md \
	  SHA256SUMS gbagraph-$(VERSION).sigstore.json $$(cut -c 67- SHA256SUMS)

# Known weaknesses of all that a server can install, with licences, and of what its pages are built from (npm); with
# bills of materials, which name the licences of the latter. Needs the network, and npm.
audit: .audit/installed
	mkdir -p dist
	npm --prefix frontend sbom --package-lock-only --sbom-format cyclonedx > dist/sbom-pages.json
	.audit/bin/cyclonedx-py environment --output-reproducible --output-file dist/sbom.json .audit/server/bin/python
	.audit/bin/pip-licenses --python .audit/server/bin/python --from=mixed --partial-match \
	  --allow-only "$(LICENCES)" --format=markdown --output-file dist/licences.md
	.audit/bin/pip-audit --strict --progress-spinner off --skip-editable \
	  --path "$$(.audit/server/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
	npm --prefix frontend audit --package-lock-only

release: .venv/installed-dev
	$(BIN)/python scripts/release.py $(ARGS)

clean:
	rm -rf .venv .clients .conformance .bench .matrix .audit .verify dist build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed. Name one: make PYTHON=python3.12 serve" >&2; exit 1; }
	@$(PYTHON) -m venv .venv || \
	  { echo "Python cannot make a virtual environment. On Debian: apt-get install python3-venv" >&2; \
	    rm -rf .venv; exit 1; }
	@$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'

# A server needs the first of these alone; each of the others adds to the one before.
.venv/installed: pyproject.toml constraints.txt | .venv/bin/python
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

.venv/installed-curation: .venv/installed
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[curation]'
	@touch $@

.venv/installed-dev: .venv/installed-curation
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --group dev
	@touch $@

.conformance/installed .bench/installed: %/installed:
	$(PYTHON) -m venv $*
	$*/bin/pip install --quiet oxigraph==0.5.13 'rdflib-endpoint[cli]==0.6.3'
	@touch $@

# The tools, and what they look at: an environment in which there is nothing but a server, with all extras but `verify`,
# of which a server imports nothing, and of whose packages one names no licence.
.audit/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv .audit
	.audit/bin/pip install --quiet pip-audit==2.10.1 pip-licenses==5.5.5 cyclonedx-bom==7.5.0
	$(PYTHON) -m venv .audit/server
	.audit/server/bin/pip install --quiet --constraint constraints.txt '.[client,curation,mcp,otel,testing]'
	@touch $@

.matrix/installed:
	$(PYTHON) -m venv .matrix
	.matrix/bin/pip install --quiet uv==0.13.9
	@touch $@
