# Two commands for newcomers: `make run` and `make test`. Both set everything up by themselves.
PY := .venv/bin/python
OUT ?= out
MIN ?= 10

.PHONY: help run test soak fuzz check coverage-requirements bench bench-links bench-meter bench-model bench-gbcs shots manual translations promises package package-check setup-run setup-dev clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

setup-run:
	@./packaging/setup.sh run
setup-dev:
	@./packaging/setup.sh dev

run: setup-run ## the terminal on an emulated premises (without a display: the demonstration visit, headless)
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(PY) -m ui --training; else $(PY) -m ui demo --out $(OUT)/demo; fi

test: setup-dev ## the whole suite, offscreen; three at a time on two cores: some of it waits for lines and clocks
	@QT_QPA_PLATFORM=offscreen $(PY) -m pytest -q -n 3 --dist worksteal tests

soak: setup-dev ## the full numbers: 10,000 visits with faults, kills at every point, and one table of figures (long); ARGS="--minutes 5" or "--seed N"
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.soak$(if $(ARGS),,.full) $(ARGS)

fuzz: setup-dev ## bad input for every decoder on every core, MIN=10 minutes more of it (tests/fuzz/ledger.toml)
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.fuzz --minutes $(MIN)

check: setup-dev ## lint, format, types, walls between rooms
	@.venv/bin/ruff check -q .
	@.venv/bin/ruff format -q --check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

promises: setup-dev ## what the program promises, each line with what its tests showed just now
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.promises

coverage-requirements: setup-dev ## every requirement and the tests that show it, run now; ARGS="--missing core"
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.requirements $(ARGS)

bench: setup-dev ## speed, as ratios measured in one run
	@QT_QPA_PLATFORM=offscreen $(PY) -m tests.bench

bench-links: setup-dev ## a link at 921,600 baud against the bare descriptor, and how smooth the window stays
	@$(PY) -m tests.bench.links

bench-meter: setup-dev ## a 13-month profile, beside other people's clients, and its cost on a slow line
	@$(PY) -m tests.bench.meter

bench-model: setup-dev ## what thirteen months, a thousand premises and idling cost the emulation
	@$(PY) -m tests.bench.model

bench-gbcs: setup-dev ## what checking and showing GBCS messages costs, beside the bare cryptography
	@$(PY) -m tests.bench.gbcs

shots: setup-dev ## screenshots of every screen in three themes, into out/shots
	@QT_QPA_PLATFORM=offscreen $(PY) -m ui.window.shots $(OUT)/shots

manual: setup-dev ## the manual as a folder of pages, into out/manual; with the pictures of `make shots` where there are any
	@$(PY) -m ui.manual $(OUT)/manual --shots $(OUT)/shots

translations: setup-dev ## extract texts, update and compile the catalogues
	@mkdir -p resources/locale
	@PYTHONPATH=. .venv/bin/pybabel -q extract -F packaging/babel.cfg -k _ -k ngettext:1,2 --no-location --omit-header --sort-output \
		-o resources/locale/hht.pot --project hht .
	@for f in resources/locale/*/LC_MESSAGES/hht.po; do [ -e "$$f" ] || continue; \
		.venv/bin/pybabel -q update -N -w 120 -D hht -i resources/locale/hht.pot -d resources/locale -l $$(echo $$f | cut -d/ -f3); \
		.venv/bin/pybabel -q compile -D hht -d resources/locale -l $$(echo $$f | cut -d/ -f3); done

package: ## what people install, into out/package: wheel, folder with its own Python, .deb, licences and parts (SBOM)
	@python3 packaging/package.py build $(OUT)/package

package-check: ## all of it twice, compared byte for byte; each installed, a visit done with it, removed, looked after (long)
	@python3 packaging/package.py check $(OUT)/package-check

clean: ## environments, caches, output
	rm -rf .venv .venv-package* .peers-venv* build dist out *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
