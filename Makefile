# One command for each thing that one does with this repository.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.PHONY: help run test lint bench setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build the server, the booking application and its front ends, and start all, with demo data
	@scripts/setup run
	cargo build --locked --package gema --package booking --bins
	npm --prefix web run build:apps
	@scripts/run

test: ## Lint, then run every test: Rust, real clients, the booking application in browsers, Autobahn
	@scripts/setup test
	@scripts/test

lint: ## Format, clippy, documentation, layers, licences, file lengths, the front ends' linters
	@scripts/setup run
	@scripts/lint

bench: ## Measure the server against the floor and Sockudo, and write docs/benchmarks.md
	@scripts/setup bench
	@scripts/bench

setup: ## Install what the tests need
	@scripts/setup test
