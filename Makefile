# Copyright (c) 2026, the keywarden.datadog contributors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The index of what can be done here: each verb is a session of nox (nox_sessions/, antsibull-nox.toml).
# tools/start.py installs nox in .build on first use. Only temporary files are ever written
# outside the checkout, and those only where the checkout lies in …/ansible_collections/….

SHELL := bash
.NOTPARALLEL:
.DEFAULT_GOAL := help

PYTHON ?= python3
BUILD ?= $(CURDIR)/.build
VENV ?= $(CURDIR)/.venv
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
export PYTHON BUILD VENV JOBS

SESSIONS = $(PYTHON) tools/start.py
SESSION = QUIET=1 $(SESSIONS)

##@ Start here
.PHONY: help
help: ## This index
	@awk 'BEGIN {FS = ":.*## "} \
	/^##@/ {printf "\n%s\n", substr($$0, 5)} \
	/^[a-z-]+:.*## / {printf "  make %-20s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## Watch it at work on a stand-in for Datadog, in a minute
	@$(SESSION) demo

.PHONY: test
test: ## Unit and playbook tests, a few minutes; PYTEST="-k word" narrows
	@$(SESSION) test -- $(PYTEST)

.PHONY: mutation
mutation: ## Small defects in the deciding layers: do the tests notice? SHARE=100 for all, not a sample
	@$(SESSION) mutation -- $(if $(SHARE),--share $(SHARE) --minutes 60,--sample 40 --minutes 1.5)

.PHONY: nightly
nightly: ## Every fault, kill and mutant, and units in each cell: over two hours; PARTS=adversary for one
	@$(SESSION) nightly -- $(PARTS)

##@ Build
.PHONY: env
env: ## The environment in .venv, remade when its requirements change
	@$(SESSION) env

.PHONY: build
build: ## The artifact, in .build/dist
	@$(SESSION) build

.PHONY: install
install: ## The artifact, built and installed in .build/collections
	@$(SESSION) install

.PHONY: clean
clean: ## Remove all that make has made
	@rm -rf $(BUILD) $(VENV)

##@ Gates
LINT := gates

.PHONY: lint
lint: ## Linters, types, licences, documentation, imports; LINT=typing for one
	@CI=true NO_COLOR=1 $(SESSIONS) $(LINT)

.PHONY: format
format: ## Format the Python files as `make lint` wants them
	@CI=false $(SESSION) formatters

.PHONY: sanity
sanity: ## `ansible-test sanity`, every test that it has, by the oldest and the newest ansible-core
	@NO_COLOR=1 $(SESSIONS) sanity --parallel $(JOBS)

.PHONY: units-ansible-test
units-ansible-test: ## The unit tests of what runs on targets, by `ansible-test units` on the oldest Python
	@$(SESSION) units-ansible-test

.PHONY: integration
integration: ## The integration targets, by `ansible-test integration`
	@$(SESSION) integration

.PHONY: browser
browser: ## The evidence in Chromium and LibreOffice; as root on Debian it installs what is missing
	@$(SESSION) browser -- $(PYTEST)

.PHONY: rulebook
rulebook: ## The rulebook, run by Event-Driven Ansible itself; needs Java 17
	@$(SESSION) rulebook

.PHONY: artifact
artifact: ## The artifact as Galaxy and a builder of execution environments take it
	@$(SESSION) artifact

.PHONY: docs
docs: ## The documentation site, in .build/docs/html; every warning an error
	@$(SESSION) docs

CELLS ?= matrix

.PHONY: matrix
matrix: ## A smoke playbook on each ansible-core, Python and requests; CELLS="matrix(2.16-oldest)" for one
	@NO_COLOR=1 $(SESSIONS) "$(CELLS)" --parallel $(JOBS)

.PHONY: bench
bench: ## Compare with uri loops and the official client, half an hour; ROUNDS=1, WORKS="one role-1"
	@$(SESSION) bench -- $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(WORKS),--only $(WORKS))

.PHONY: bench-page
bench-page: ## Write the numbers of the last `make bench` into the documentation
	@$(SESSION) bench-page

##@ Release
.PHONY: changelog
changelog: ## The changelog's entry for the version in galaxy.yml, from the fragments
	@$(SESSION) changelog

.PHONY: release-check
release-check: ## Build from a commit alone, install that, try it; REF=v1.0.0 for a tag
	@$(SESSION) release-check -- $(REF)

##@ All of it
.PHONY: ci
ci: ## What the continuous integration runs
	@.ci/run
