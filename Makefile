# Two commands matter: `make demo` and `make test`. Everything is installed into $(VENV) on first use.

PYTHON ?= python3
VENV ?= .venv
RUN := $(VENV)/bin/python -m
LEARNERPRISE := $(VENV)/bin/learnerprise
INSTALLED := $(VENV)/.installed
WORKERS ?= 2
LOCK := uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-header

unexport PYTHONDONTWRITEBYTECODE  # tests start hundreds of processes: each would compile the sources again

.PHONY: demo serve test clients install-clients vendor fuzz check format benchmark soak quality conformance lock secrets clean help

help:  ## Show what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-13s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

$(INSTALLED): requirements-dev.lock requirements-build.lock pyproject.toml
	@$(PYTHON) scripts/install.py $(VENV)
	@touch $(INSTALLED)

demo: $(INSTALLED)  ## Serve a demo organisation with recommendations, until Ctrl-C
	@$(LEARNERPRISE) demo

serve: $(INSTALLED)  ## Serve without demo data
	@$(LEARNERPRISE) serve

test: $(INSTALLED)  ## Run the whole test suite (MONGODB_URI=... runs it on a real MongoDB)
	@$(RUN) pytest -n $(WORKERS) --dist worksteal --reruns 2 --reruns-delay 5

clients: install-clients  ## Install real xAPI clients (npm, PyPI) and run them against the server
	@$(RUN) pytest tests/clients

install-clients: $(INSTALLED)
	@$(RUN) pip install --quiet --no-deps --require-hashes --upgrade --target tests/clients/.edx -r tests/clients/requirements-edx.txt
	@npm ci --prefix tests/clients

vendor: $(INSTALLED)  ## Copy the scripts and style sheets of pages from their npm packages (needs npm)
	@$(RUN) scripts.vendor

fuzz: $(INSTALLED)  ## Send some 50,000 requests (from the OpenAPI description, multipart, forms, raw HTTP); none may be answered 5xx
	@$(LEARNERPRISE) fuzz

check: $(INSTALLED)  ## Lint, types, import contracts, weaknesses of the code and of the dependencies
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@$(RUN) mypy
	@$(VENV)/bin/lint-imports --no-logo
	@$(RUN) bandit --quiet --recursive --configfile pyproject.toml lrs pages recommender schemas scripts
	@$(RUN) scripts.advisories requirements.lock

format: $(INSTALLED)  ## Format and mend what can be mended
	@$(RUN) ruff check --fix .
	@$(RUN) ruff format .

benchmark: $(INSTALLED)  ## Measure speed beside its limits; prints a table and writes benchmark.json
	@$(LEARNERPRISE) benchmark --output benchmark.json

soak: $(INSTALLED)  ## Load the service for an hour and watch its memory
	@$(LEARNERPRISE) benchmark --only soak --soak 1h --output soak.json

quality: $(INSTALLED)  ## Measure the recommendations beside their baselines: make quality DATA=<folder of an interaction data set>
	$(if $(DATA),,$(error Name the folder of a data set (docs/evaluation.md): make quality DATA=FOLDER))
	@$(LEARNERPRISE) quality $(DATA) --output quality.json

conformance: $(INSTALLED)  ## Run the ADL conformance suite: make conformance SUITE=<folder of a checked-out suite>
	$(if $(SUITE),,$(error Name the folder of the checked-out suite (docs/conformance.md): make conformance SUITE=FOLDER))
	@$(LEARNERPRISE) conformance $(SUITE)

lock:  ## Lock the dependencies anew (needs uv)
	@command -v uv > /dev/null || { echo "uv is not installed; install it with: pip install uv" >&2; exit 1; }
	$(LOCK) pyproject.toml -o requirements.lock
	$(LOCK) pyproject.toml --all-extras -o requirements-dev.lock
	$(LOCK) --group build -o requirements-build.lock

secrets:  ## Make the passwords of MongoDB for docker compose
	@mkdir -m 700 secrets
	@head -c 24 /dev/urandom | base64 | tr '+/' '-_' | tr -d '\n' > secrets/mongodb_password
	@head -c 756 /dev/urandom | base64 > secrets/mongodb_key
	@printf 'mongodb://learnerprise:%s@mongodb:27017/learnerprise?replicaSet=rs0&authSource=admin\n' \
		"$$(cat secrets/mongodb_password)" > secrets/mongodb_uri
	@chmod 444 secrets/*  # read by other users inside the containers; the folder keeps out those of this machine

clean:  ## Remove the environment and the demo's data
	rm -rf $(VENV) .learnerprise
