# The usual names for the two commands; neither needs make.
.PHONY: demo test lint format lock

demo:
	python3 manage.py demo

test:
	python3 manage.py test

lint:
	python3 manage.py test --only lint

format:
	.venv/bin/ruff format
	.venv/bin/ruff check --fix

# Names, versions and hashes without addresses, for every platform and for Python 3.11 and later.
lock:
	uv pip compile pyproject.toml --group local --group test --group lint --universal --python-version 3.11 \
		--generate-hashes --no-header --no-annotate --output-file requirements.lock
