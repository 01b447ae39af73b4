# One command for each thing that one does with this repository.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.PHONY: help run test lint bench setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## Build the server and the booking application and start both, with demo data
	@scripts/setup run
	cargo build --locked --package gema --package booking --bins
	@scripts/run

test: ## Lint, then run every test: Rust, real clients, the booking application, Autobahn
	@scripts/setup test
	@scripts/test

lint: ## Format, clippy, documentation, layers, licences, file lengths
	@scripts/lint

bench: ## Measure the server against the floor, and write docs/benchmarks.md
	@scripts/setup run
	@scripts/bench

setup: ## Install what the tests need
	@scripts/setup test
