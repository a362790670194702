"""The electricity that training takes, measured by codecarbon without a network."""

import pathlib

import keras

from tfdistill.train.files import read_json, write_json


class Energy(keras.callbacks.Callback):
    """Adds the energy of each `fit` to `energy.json` in the work folder.

    What a process used that was killed within a `fit` is not counted.

    Args:
        country: str. ISO 3166 alpha-3 code, such as "DEU", whose mean of grams of CO2
            per kWh is taken.
        workdir: path.
        name: str. The stage whose energy it is.

    Raises:
        ValueError: codecarbon is not installed, or does not know the country.
    """

    def __init__(self, country: str, workdir, name: str):
        super().__init__()
        self._path = pathlib.Path(workdir) / "energy.json"
        self._name, self._country = name, country
        self._tracker = make_tracker(country)  # refuses now what it cannot measure

    def on_train_begin(self, logs=None):
        """Begin to measure; a tracker that has stopped cannot."""
        self._tracker = make_tracker(self._country)
        self._tracker.start()

    def on_train_end(self, logs=None):
        """Stop, and add kWh and kg of CO2 equivalents to what is there."""
        self._tracker.stop()
        data = self._tracker.final_emissions_data
        total = read_energy(self._path.parent)
        old = total.get(self._name, {"kwh": 0.0, "co2e_kg": 0.0})
        total[self._name] = {
            "kwh": old["kwh"] + data.energy_consumed,
            "co2e_kg": old["co2e_kg"] + data.emissions,
        }
        write_json(self._path, total)


def make_tracker(country: str):
    """Return codecarbon's offline tracker, which writes no file and asks nobody.

    Args:
        country: str. ISO 3166 alpha-3 code.

    Raises:
        ValueError: as `Energy`.
    """
    try:
        from codecarbon import OfflineEmissionsTracker
        from codecarbon.input import DataSource
    except ImportError as error:
        raise ValueError(
            f"Energy is measured by codecarbon, which cannot be loaded ({error}): pip "
            "install tfdistill[energy], or leave energy_country out."
        ) from None
    known = DataSource().get_global_energy_mix_data()
    if country not in known:
        raise ValueError(
            f"energy_country must be a code of three letters such as DEU or USA; got "
            f"{country!r}."
        )
    return OfflineEmissionsTracker(
        country_iso_code=country,
        save_to_file=False,
        log_level="error",
        allow_multiple_runs=True,
    )


def read_energy(workdir) -> dict:
    """Return {stage: {"kwh": float, "co2e_kg": float}} of a work folder; {} if none."""
    path = pathlib.Path(workdir) / "energy.json"
    return read_json(path) if path.is_file() else {}


def total_energy(workdir) -> dict | None:
    """Return {"kwh": float, "co2e_kg": float} of all stages; None if not measured."""
    stages = read_energy(workdir).values()
    if not stages:
        return None
    return {key: sum(each[key] for each in stages) for key in ("kwh", "co2e_kg")}
