"""Fixtures that several rooms use: the folder of reference data, when there is one."""

import os
import pathlib

import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

CHECKOUT = pathlib.Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> pathlib.Path:
    """Folder with golden files and measuring data, or a skip that says where it goes."""
    default = CHECKOUT.parent / "shared"
    folder = pathlib.Path(os.environ.get("TFDISTILL_SHARED", default))
    if not folder.is_dir():
        pytest.skip(f"no reference data: set TFDISTILL_SHARED or put it at {default}")
    return folder
