# `make demo` and `make test` do all the set-up on a machine with Python 3.10 or newer.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
DEMO ?= runs/voice_commands
TEXT ?= dim the lights in the living room to forty percent

export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: demo test lint slow clean

$(INSTALLED): setup.cfg pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt \
		--editable '.[demo,test]'
	touch $@

# A real teacher, a distilled student, a verified file, a table; then the file alone
# reads some commands and TEXT. The classifier and the keyboard that ship show themselves.
demo: $(INSTALLED)
	$(BIN)/tfdistill-train --config=configs/voice_commands.py --workdir=$(DEMO)
	$(BIN)/tfdistill-predict --tflite=$(DEMO)/dynamic_int8.tflite \
		--text="turn off the lamp in the guest room" \
		--text="set a timer for twenty five minutes" \
		--text="add oat milk to my shopping list" \
		--text="is the garage door open" \
		--text="$(TEXT)"
	$(BIN)/tfdistill-predict --tflite=models/sentiment/model.tflite \
		--text="a warm and funny film" --text="I want my two hours back"
	$(BIN)/tfdistill-suggest --tflite=models/keyboard/model.tflite \
		--text="see you " --text="how are " --text="I don't kn"

lint: $(INSTALLED)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

test: lint
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --durations=15

slow: $(INSTALLED)
	$(BIN)/python -m pytest -m slow

clean:
	rm -rf $(VENV) runs build *.egg-info
