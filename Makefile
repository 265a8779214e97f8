# make demo    everything from a crawl to a report, offline, in about ten minutes
# make test    lint, then the tests with coverage
# make bench   figures of speed, side by side with the peers
# make lint    ruff and mypy
# make clean   what the other targets built; never what was collected
#
# Each target first installs what is missing: into .venv, or into the environment that is active or given with
# VENV=DIR. TORCH_INDEX=URL is asked for torch as well as PyPI; on Linux without an NVIDIA GPU
# TORCH_INDEX=https://download.pytorch.org/whl/cpu saves 3 GB of downloads.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test bench lint clean ffmpeg postgresql force
force:

OWN_VENV := .venv
VENV ?= $(if $(VIRTUAL_ENV),$(VIRTUAL_ENV),$(OWN_VENV))
BIN := $(VENV)/bin
TORCH_INDEX ?=

# Our own environment gets the tested versions; in somebody else's only what is missing is installed.
CONSTRAINTS := $(if $(filter $(OWN_VENV),$(VENV)),-c constraints.txt)
PIP_INSTALL := $(BIN)/python -m pip install --disable-pip-version-check -qq

# An environment remembers the checkout that it was set up for, since two can share one.
STAMP := $(VENV)/.emtool-installed
DEV_STAMP := $(VENV)/.emtool-installed-dev
stale = $(if $(filter-out $(CURDIR),$(shell cat $(1) 2>/dev/null)),force)

help:
	@sed -n 's/^# \(make .*\)/\1/p' Makefile

demo: ffmpeg $(STAMP)
	$(BIN)/emtool demo

test: ffmpeg postgresql lint
	$(BIN)/python -m pytest --cov -n logical --dist loadfile --no-loadscope-reorder

bench: ffmpeg $(DEV_STAMP)
	@set -e; for benchmark in tests/benchmarks/bench_*.py; do $(BIN)/python "$$benchmark"; done

lint: $(DEV_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf build dist *.egg-info .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis $(OWN_VENV)
	find cli.py crawler dataset model tests -name __pycache__ -prune -exec rm -rf {} +

$(STAMP): pyproject.toml constraints.txt $(call stale,$(STAMP)) | $(BIN)/python
	@echo "installing emtool into $(VENV) (a few minutes the first time)"
	@$(install_torch)
	$(PIP_INSTALL) $(CONSTRAINTS) -e .
	@printf '%s' '$(CURDIR)' > $@

$(DEV_STAMP): pyproject.toml constraints.txt $(call stale,$(DEV_STAMP)) | $(BIN)/python
	@echo "installing emtool and what its tests need into $(VENV) (a few minutes the first time)"
	@$(install_torch)
	$(PIP_INSTALL) $(CONSTRAINTS) -e '.[dev]'
	@printf '%s' '$(CURDIR)' | tee $(STAMP) > $@

# By itself and first: named alone, its exact version is taken where a machine keeps a build of it.
install_torch = \
	$(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip; \
	$(BIN)/python -c 'import torch' 2>/dev/null || \
	$(PIP_INSTALL) $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) "$$(grep '^torch==' constraints.txt)"

$(BIN)/python:
	@set -e; \
	for python in python3 python3.13 python3.12 python3.11; do \
		if "$$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then break; fi; \
		python=; \
	done; \
	if [ -z "$$python" ]; then \
		echo "make: emtool needs Python 3.11 or newer: see https://www.python.org/downloads" >&2; exit 1; \
	fi; \
	if ! "$$python" -c 'import ensurepip, venv' 2>/dev/null && command -v apt-get >/dev/null; then \
		$(as_root) apt-get update -qq && $(as_root) apt-get install -y -qq python3-venv; \
	fi; \
	"$$python" -m venv $(VENV)

as_root = $$([ "$$(id -u)" = 0 ] || echo sudo) env DEBIAN_FRONTEND=noninteractive

ffmpeg:
	@if command -v ffmpeg >/dev/null && command -v ffprobe >/dev/null; then exit 0; fi; \
	echo "installing ffmpeg"; \
	if command -v apt-get >/dev/null; then \
		$(as_root) apt-get update -qq; $(as_root) apt-get install -y -qq --no-install-recommends ffmpeg; \
	elif command -v brew >/dev/null; then \
		brew install --quiet ffmpeg chromaprint; \
	fi; \
	if ! command -v ffmpeg >/dev/null || ! command -v ffprobe >/dev/null; then \
		echo "make: emtool needs ffmpeg and ffprobe on the PATH: install your system's ffmpeg package," \
			"or a build from https://ffmpeg.org/download.html, and run make again" >&2; \
		exit 1; \
	fi

# Only some tests need a server, and they skip where there is none: this never fails.
postgresql:
	@if ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || command -v pg_ctl >/dev/null; then exit 0; fi; \
	if command -v apt-get >/dev/null; then \
		echo "installing postgresql"; $(as_root) apt-get update -qq; \
		$(as_root) apt-get install -y -qq --no-install-recommends postgresql; \
	fi; true
