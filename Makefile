# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Everything that can be done here is a verb: `make help` lists them.
# Nothing outside the checkout is written: environments are in .venv and .build/venv, and the home
# directory, temporary files and caches of every tool are in .build.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
BUILD ?= $(CURDIR)/.build
VENV ?= $(CURDIR)/.venv
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
VERSION := $(shell sed -n 's/^version: *//p' galaxy.yml)

DIST := $(BUILD)/dist
ARTIFACT := $(DIST)/keywarden-datadog-$(VERSION).tar.gz
COLLECTIONS := $(BUILD)/collections
TREE := $(BUILD)/tree
LINK := $(TREE)/ansible_collections/keywarden/datadog

ifndef PYENV_ROOT
export PYENV_ROOT := $(HOME)/.pyenv
endif

# A mirror that the user's own pip knows is used here too.
ifndef PIP_CONFIG_FILE
ifneq ($(wildcard $(HOME)/.config/pip/pip.conf),)
export PIP_CONFIG_FILE := $(HOME)/.config/pip/pip.conf
endif
endif

export PYTHON BUILD VENV
export HOME := $(BUILD)/home
export TMPDIR := $(BUILD)/tmp
# A copy of the collection in .build is no part of the checkout's repository.
export GIT_CEILING_DIRECTORIES := $(BUILD)
export XDG_CACHE_HOME := $(HOME)/.cache
export XDG_CONFIG_HOME := $(HOME)/.config
export XDG_DATA_HOME := $(HOME)/.local/share
export XDG_STATE_HOME := $(HOME)/.local/state
export PIP_CACHE_DIR := $(BUILD)/pip
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYTHONDONTWRITEBYTECODE := 1
export LC_ALL := C.UTF-8
export ANSIBLE_HOME := $(HOME)/.ansible
# Ansible takes the ~ of this one from the user database instead of HOME.
export ANSIBLE_REMOTE_TMP := $(ANSIBLE_HOME)/tmp
export ANSIBLE_COLLECTIONS_PATH := $(COLLECTIONS)
export KEYWARDEN_COLLECTIONS := $(COLLECTIONS)

# Nothing here may ever reach a real organization by way of the developer's own environment.
unexport DD_API_KEY DATADOG_API_KEY DD_APP_KEY DATADOG_APP_KEY DD_SITE DATADOG_SITE DD_HOST DATADOG_HOST
unexport PYTHONPATH PYTHONHOME VIRTUAL_ENV ANSIBLE_CONFIG

ifeq ($(filter help,$(or $(MAKECMDGOALS),help)),)
$(shell mkdir -p $(HOME) $(TMPDIR))
endif

##@ Start here
.PHONY: help
help: ## This index
	@awk 'BEGIN {FS = ":.*## "} \
	/^##@/ {printf "\n%s\n", substr($$0, 5)} \
	/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: install ## Watch it at work on a stand-in for Datadog, in a minute
	@PATH="$(VENV)/bin:$$PATH" tests/demo/run

TESTS := $(wildcard tests/unit tests/playbooks tests/docs tests/adversary)
PYTEST_RUN = $(VENV)/bin/pytest -n $(JOBS) -o pythonpath=$(TREE) $(TESTS)

.PHONY: test
test: install ## Unit and playbook tests, a few minutes; PYTEST="-k word" narrows
	@$(PYTEST_RUN) -m "not full" $(PYTEST)

.PHONY: test-full
test-full: install mutation-env ## All tests, the long ones too, and mutation; up to half an hour
	@ADVERSARY_EXAMPLES=$${ADVERSARY_EXAMPLES:-200} $(PYTEST_RUN) $(PYTEST) | tee $(BUILD)/test-full.log
	@$(BUILD)/venv/mutation/bin/python tests/adversary/mutation.py --share $(SHARE) --jobs $(JOBS)
	@grep "tried:" $(BUILD)/test-full.log

.PHONY: mutation-env
mutation-env:
	@tools/venv $(BUILD)/venv/mutation tests/requirements/test.txt tests/requirements/mutation.txt

SHARE ?= 10

.PHONY: mutation
mutation: mutation-env ## Small defects in the deciding layers: do the tests notice? SHARE=100 for all
	@$(BUILD)/venv/mutation/bin/python tests/adversary/mutation.py --share $(SHARE) --jobs $(JOBS)

##@ Build
.PHONY: env
env: ## The environment in .venv, remade when its requirements change
	@tools/venv $(VENV) tests/requirements/test.txt
	@mkdir -p $(dir $(LINK)) && ln -sfn $(CURDIR) $(LINK)

.PHONY: build
build: env ## The artifact, in .build/dist
	@$(VENV)/bin/ansible-galaxy collection build --force --output-path $(DIST)

.PHONY: install
install: build ## The artifact, built and installed in .build/collections
	@$(VENV)/bin/ansible-galaxy collection install --force --offline -p $(COLLECTIONS) $(ARTIFACT) >/dev/null

.PHONY: clean
clean: ## Remove all that make has made
	@rm -rf $(BUILD) $(VENV)

##@ Gates
LINT := formatters codeqa yamllint typing antsibull-nox-config docs-check license-check extra-checks build-import-check ansible-lint
NOX = env -u ANSIBLE_COLLECTIONS_PATH PATH="$(BUILD)/venv/lint/bin:$$PATH" NO_COLOR=1 nox --envdir $(BUILD)/nox --reuse-existing-virtualenvs -s

.PHONY: lint-env
lint-env:
	@PYTHON=$$($(PYTHON) tools/pythons.py --newest) tools/venv $(BUILD)/venv/lint tests/requirements/lint.txt

.PHONY: lint
lint: lint-env ## Linters, types, licences, documentation; LINT=typing for one
	@CI=true $(NOX) $(LINT)
	@$(BUILD)/venv/lint/bin/antsibull-changelog lint

.PHONY: format
format: lint-env ## Format the Python files as `make lint` wants them
	@CI=false $(NOX) formatters

.PHONY: sanity
sanity: ## The real `ansible-test sanity`, every test that it has
	@tools/ansible-test sanity --color no

.PHONY: units-ansible-test
units-ansible-test: ## The unit tests by `ansible-test units`, oldest and newest Python
	@for version in $$($(PYTHON) tools/pythons.py | sed -n '1p;$$p' | cut -d ' ' -f 1 | uniq); do \
		tools/ansible-test units --color no --python $$version --requirements --venv; \
	done

.PHONY: integration
integration: ## The integration targets, by `ansible-test integration`
	@tools/ansible-test integration --color no --python default --requirements --venv

.PHONY: rulebook
rulebook: install ## The rulebook, run by Event-Driven Ansible itself; needs Java 17
	@tools/venv $(BUILD)/venv/eda tests/requirements/eda.txt
	@$(BUILD)/venv/eda/bin/python -m pytest -o pythonpath=$(TREE) tests/eda

.PHONY: artifact
artifact: install ## The artifact as Galaxy and a builder of execution environments take it
	@tools/check-artifact $(ARTIFACT) $(COLLECTIONS)

.PHONY: docs
docs: install ## The documentation site, in .build/docs/html; every warning an error
	@PYTHON=$$($(PYTHON) tools/pythons.py --newest) tools/venv $(BUILD)/venv/docs tests/requirements/docs.txt
	@rm -rf $(BUILD)/docs && mkdir -p $(BUILD)/docs/rst
	@PATH="$(BUILD)/venv/docs/bin:$$PATH" antsibull-docs collection --use-current --squash-hierarchy --fail-on-error \
		--dest-dir $(BUILD)/docs/rst keywarden.datadog
	@$(BUILD)/venv/docs/bin/sphinx-build --quiet -W --keep-going -j $(JOBS) -c docs/docsite $(BUILD)/docs/rst $(BUILD)/docs/html
	@echo "Open $(BUILD)/docs/html/index.html"

.PHONY: matrix
matrix: install ## Units and a smoke playbook on each ansible-core, Python and requests
	@JOBS=$(JOBS) $(VENV)/bin/python tools/matrix.py

.PHONY: bench-env
bench-env:
	@tools/venv $(BUILD)/venv/bench tests/requirements/bench.txt

.PHONY: bench
bench: install bench-env ## Compare with uri loops and the official client, half an hour; ROUNDS=1, WORKS="one role-1"
	@env -u PYTHONDONTWRITEBYTECODE $(BUILD)/venv/bench/bin/python -m tests.bench run $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(WORKS),--only $(WORKS))

.PHONY: bench-page
bench-page: bench-env ## Write the numbers of the last `make bench` into the documentation
	@$(BUILD)/venv/bench/bin/python -m tests.bench page

##@ Release
.PHONY: changelog
changelog: lint-env ## The changelog's entry for the version in galaxy.yml, from the fragments
	@PATH="$(BUILD)/venv/lint/bin:$$PATH" antsibull-changelog release --update-existing --reload-plugins

REF ?= HEAD

.PHONY: release-check
release-check: env ## Build from a commit alone, install that, try it; REF=v1.0.0 for a tag
	@tools/release-check $(REF)

##@ All of it
.PHONY: ci
ci: ## What the continuous integration runs
	@.ci/run
