"""Energy by codecarbon, offline; and how a vocabulary is compared."""

import importlib.util
import sys
import types

import keras
import numpy as np
import pytest

from tfdistill.text import SPECIAL_TOKENS, write_vocabulary
from tfdistill.train import energy as energy_room
from tfdistill.train.energy import Energy, make_tracker, read_energy, total_energy
from tfdistill.train.vocabulary_report import compare_vocabularies

needs_codecarbon = pytest.mark.skipif(
    importlib.util.find_spec("codecarbon") is None,
    reason="needs codecarbon: pip install tfdistill[energy]",
)


def refuse(*args, **kwargs):
    raise OSError("the network was asked for")


@needs_codecarbon
def test_fits_add_up_without_a_network(tmp_path, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", refuse)
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    rows = np.ones((8, 2)), np.ones((8, 1))
    energy = Energy("DEU", tmp_path, "student")
    model.fit(*rows, epochs=3, verbose=0, callbacks=[energy])
    (one,) = read_energy(tmp_path).values()
    assert one["kwh"] > 0 and 0.05 < one["co2e_kg"] / one["kwh"] < 1.0
    again = Energy("DEU", tmp_path, "student")
    model.fit(*rows, verbose=0, callbacks=[again])
    assert total_energy(tmp_path)["kwh"] > one["kwh"]


@needs_codecarbon
def test_two_fits_of_one_callback_are_each_counted_once(tmp_path, monkeypatch):
    """A stage that goes on within an epoch is two fits."""

    class Tracker:
        def __init__(self):
            self.final_emissions_data = types.SimpleNamespace(
                energy_consumed=1.0, emissions=0.5
            )
            self.is_new = True

        def start(self):
            assert self.is_new
            self.is_new = False

        def stop(self):
            pass

    monkeypatch.setattr(energy_room, "make_tracker", lambda country: Tracker())
    energy = Energy("DEU", tmp_path, "student")
    for _ in range(2):
        energy.on_train_begin()
        energy.on_train_end()
    assert total_energy(tmp_path) == {"kwh": 2.0, "co2e_kg": 1.0}


@needs_codecarbon
def test_an_unknown_country_is_refused():
    with pytest.raises(ValueError, match="code of three letters .* got 'XX'"):
        make_tracker("XX")


def test_without_codecarbon_the_extra_is_named(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "codecarbon", None)
    with pytest.raises(ValueError, match=r"pip install tfdistill\[energy\], or leave"):
        make_tracker("DEU")
    assert read_energy(tmp_path) == {} and total_energy(tmp_path) is None


def test_vocabularies_are_compared_by_hand(tmp_path):
    write_vocabulary([*SPECIAL_TOKENS, "film", "a", "b"], tmp_path / "teacher")
    write_vocabulary([*SPECIAL_TOKENS, "a", "##m", "f", "##i", "##l"], tmp_path / "own")
    found = compare_vocabularies(
        tmp_path / "own", tmp_path / "teacher", ["a film", "film b"]
    )
    assert (found["size"], found["teacher_size"]) == (10, 8)
    assert found["overlap"] == pytest.approx(6 / 10)
    # Student: a f ##i ##l ##m, f ##i ##l ##m [UNK]; teacher: two words each.
    assert (found["pieces_per_text"], found["teacher_pieces_per_text"]) == (5.0, 2.0)
    assert found["length_ratio"] == 2.5 and found["unknown_rate"] == pytest.approx(0.1)
