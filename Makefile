# Two commands: `make demo` and `make test`. Both make .venv first; nothing is installed outside this folder
# except uv, and only where neither uv nor python3's venv module is there.

PORT ?= 8080
.DEFAULT_GOAL := help
# How many test processes: one a core of a small machine; tests of time limits want room.
WORKERS ?= 2
# Compiled files are kept beside their sources, whatever the machine says: a demo and its tests start many processes.
export PYTHONDONTWRITEBYTECODE =
.PHONY: frontdb-mysql help setup demo test survive fuzz explore check lint types clean

help:
	@echo "make demo    play 我要开民宿 through hub and departments, then stay up and print address and accounts (PORT=8081 for another port)"
	@echo "make test    rules, types and every test on SQLite and on PostgreSQL"
	@echo "make survive kill the hub CRASHES=1000 times at random moments while cases are played (ENGINE=sqlite or postgresql, SEED=…)"
	@echo "make fuzz    generated requests for every operation of the JSON door, at a whole hub (QUICK=1, EXAMPLES=200, SEED=2, ONLY=open_case)"
	@echo "make frontdb-mysql the front database's tests on a real MariaDB that is started here, or on YIJIAN_MYSQL_URL=mysql://user:password@host:3306/"
	@echo "make check   the parsers of certificates and the other property tests of certificates/ with 2,000 new examples each"
	@echo "make explore the property tests with 2,000 new examples each"
	@echo "make setup   only make .venv (both of the above do it first)"

setup:
	@.ci/setup

demo: setup
	@.venv/bin/yijian demo --port $(PORT)

lint: setup
	.venv/bin/ruff check .
	.venv/bin/ruff format --check --exclude '*.md' .

types: setup
	.venv/bin/mypy -n $(WORKERS)

test: lint types
	.venv/bin/pytest -q -n $(WORKERS) --dist loadfile --no-loadscope-reorder

# A long run of random crashes: CRASHES=1000 ENGINE=sqlite|postgresql SEED=… MINUTES=… (docs/decisions/0014-moments-to-die-at.md).
survive: setup
	@CRASHES=$(CRASHES) ENGINE=$(ENGINE) SEED=$(SEED) MINUTES=$(MINUTES) .venv/bin/python -m tests.survival.run

fuzz:
	@.ci/setup --group fuzz
	@.venv/bin/python -m tests.fuzz $(if $(QUICK),--quick) $(if $(EXAMPLES),--examples $(EXAMPLES)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY))

# The property tests alone, with new examples each time: `make test` takes the same ones each time.
explore: setup
	YIJIAN_EXPLORE=1 .venv/bin/pytest -q $$(grep -rl "from hypothesis" tests --include='test_*.py')

# What reads strangers' files, fuzzed: about five minutes.
check: setup
	YIJIAN_EXPLORE=1 .venv/bin/pytest -q $$(grep -rl "from hypothesis import given" tests/certificates --include='test_*.py')

# The front database's tests on a real MySQL or MariaDB: that of YIJIAN_MYSQL_URL=mysql://user:password@host:3306/, of an account that may create
# databases, or without it one that is started here and gone afterwards (Debian: apt-get install mariadb-server-core).
frontdb-mysql: setup
	@test -n "$(YIJIAN_MYSQL_URL)" || command -v mariadbd >/dev/null || { echo "Set YIJIAN_MYSQL_URL=mysql://user:password@host:3306/, or install mariadb-server-core; docs/departments.md says how."; exit 2; }
	YIJIAN_MYSQL_URL="$(YIJIAN_MYSQL_URL)" .venv/bin/pytest -q tests/adapters/kinds/frontdb_mysql.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .hypothesis var
