# pgmedic: what there is to do. `make` alone prints this list.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help setup build demo demo-server demo-stop test lint format generate bench bench-indexes bench-locks bench-history bench-fleet install clean

help: ## print this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## (.*)/  make \1|\2/' | column -t -s '|'

setup: ## install what building, the demo and the tests need (apt, pip); says what it does
	@Scripts/setup

build: setup ## build the release binary: .build/release/pgmedic
	swift build -c release --product pgmedic

demo: build ## a really sick server, its diagnosis on the terminal and in demo/report.{html,md,json}
	@demo/run

demo-server: build ## the sick server alone, left running to try things by hand; `make demo-stop` ends it
	@demo/server up

demo-stop: ## stop the server of `make demo-server`
	@demo/server down

test: setup ## every test, on servers that the tests start themselves
	@Scripts/test

lint: ## formatting and lint, as CI checks them
	swift format lint --strict --recursive Package.swift Sources Queries Reports Tests Benchmarks

format: ## format all Swift files in place
	swift format --in-place --recursive Package.swift Sources Queries Reports Tests Benchmarks

generate: ## write the embedded queries and templates anew
	@Scripts/embed

bench: setup ## cost for the server and speed, against plain psql, side by side
	@Benchmarks/run

bench-indexes: setup ## index advice against the Extend algorithm, on TPC-H and a ticket shop, proven by building
	@Benchmarks/Indexes/run

bench-locks: setup ## what a reading of locks costs the server with 400 waiters, against the plain views
	@Benchmarks/Locks/run

bench-fleet: build ## what a sweep of many targets takes, against psql reading the same views four abreast
	@Benchmarks/Fleet/run

bench-history: setup ## what a history of 30 days takes to write, to keep and to report
	swift build -c release --product history-benchmark
	@file=$$(mktemp -d)/history.db; b=.build/release/history-benchmark; $$b --write $$file; s=$$?; $$b --read $$file && exit $$s

PREFIX ?= /usr/local
install: build ## install the binary into $(PREFIX)/bin
	install -D -m 0755 .build/release/pgmedic $(DESTDIR)$(PREFIX)/bin/pgmedic

clean: ## remove what was built and the demo's reports
	rm -rf .build demo/report.*
