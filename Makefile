# Prilavok: `make help` lists what can be asked for.
SHELL := /bin/sh
# The machine's own comes first: distributions build it with a profile, version managers mostly don't (a quarter slower).
PYTHON ?= $(firstword $(wildcard /usr/bin/python3) python3)
RUN := .venv/bin/python
on = $(filter-out 0 no,$($(1)))
.DEFAULT_GOAL := help
.PHONY: ready-run ready-demo ready-dev help demo test check chaos fix dev bench soak shots lock new-domain messages clean stop

help: ## This list | Этот список
	@case "$${LC_ALL:-$${LC_MESSAGES:-$$LANG}}" in ru*) n=2;; *) n=1;; esac; \
	sed -n 's/^\([a-z-]*\):.*## \(.*\) | \(.*\)$$/\1|\2|\3/p' Makefile | \
	awk -F'|' -v n=$$n '{ printf "  make %-12s %s\n", $$1, $$(n + 1) }'

demo: ready-$(if $(call on,GENERATED),run,demo) ## The demo shop: install, load, start (RESET=1 anew, CHECK=1 walk the main job and exit, GENERATED=1 without the data set, AS_RECORDED=1 with its own dates) | Демо-магазин: установить, загрузить, запустить (RESET=1 заново, CHECK=1 пройти главную задачу и выйти, GENERATED=1 без набора данных, AS_RECORDED=1 с его собственными датами)
	@exec $(RUN) -m prilavok demo up $(if $(call on,RESET),--reset) $(if $(call on,CHECK),--check) $(if $(call on,GENERATED),--generated) $(if $(call on,AS_RECORDED),--as-recorded)

test: ready-dev ## All checks and tests (BROWSER=0 leaves the browser out) | Все проверки и тесты (BROWSER=0 — без браузера)
	@exec $(RUN) dev/check.py all

check: ready-dev ## All but browser and chaos, within 90 seconds | Всё, кроме браузера и хаоса, за 90 секунд
	@exec $(RUN) dev/check.py quick

chaos: ready-dev ## Kills, retries and properties at length: hours (CHAOS_EXAMPLES=… cases a property, 1,000; SALES_REQUESTS=… sales, 100,000) | Отказы, повторы и свойства надолго: часы (CHAOS_EXAMPLES=… случаев на свойство, 1000; SALES_REQUESTS=… продаж, 100 000)
	@exec $(RUN) dev/check.py chaos

fix: ready-dev ## Format and mend what can be mended | Отформатировать и поправить, что можно
	@$(RUN) -m ruff check --fix --quiet . ; $(RUN) -m ruff format .

dev: ready-dev ## Run with reload on every change | Запустить с перезагрузкой при изменениях
	@exec $(RUN) -m prilavok up --reload

bench: ready-dev ## The measured hot paths, as ratios | Замеры горячих путей, отношениями
	@exec $(RUN) -m benchmarks $(ONLY)

soak: ready-dev ## The column store under questions, batches and kills, for SOAK_MINUTES (60) | Хранилище фактов под вопросами, пачками и kill -9, SOAK_MINUTES минут (60)
	@exec $(RUN) -m benchmarks.soak

shots: ready-dev ## Pictures of every page (ru/en, light/dark, wide/phone) | Снимки всех страниц (ru/en, светлая/тёмная, широкая/телефон)
	@exec $(RUN) dev/shots.py $(ONLY)

messages: ready-dev ## Gather messages to translate | Собрать сообщения для перевода
	@exec $(RUN) dev/messages.py

lock: ready-dev ## Lock requirements/*.in with hashes | Закрепить requirements/*.in с хешами
	@exec $(RUN) dev/lock.py

new-domain: ready-dev ## A domain's skeleton: make new-domain NAME=service | Заготовка домена: make new-domain NAME=service
	@exec $(RUN) dev/new_domain.py "$(NAME)"

stop: ## Stop the embedded servers of this checkout | Остановить встроенные серверы этой копии
	@for home in var var/demo var/test var/test-gw*; do if [ -e $$home/postgres ]; then $(RUN) -m prilavok.cli.postgres stop --home $$home; fi; \
	case "$$(readlink $$home/postgres)" in /dev/shm/prilavok-test-*) rm -rf "$$(readlink $$home/postgres)" $$home/postgres;; esac; done

clean: stop ## Remove all that was made here, data too | Удалить всё, что здесь создано, с данными
	rm -rf .venv var frontend/node_modules prilavok/ui/static/ui/build .bootstrap.lock

ready-run ready-demo ready-dev: ready-%:
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "No $(PYTHON) here. Install Python 3.11 or newer: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) dev/bootstrap.py $*
