"""What every test run shares: quiet third parties, one hypothesis profile, a seeded generator."""

import os
import signal

import hypothesis
import numpy as np
import pytest

# Before anything imports them: TensorFlow's C++ log is noise in a test report, and no test may open a window.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("MPLBACKEND", "Agg")

# In the background of a script, Ctrl-C is ignored by all that runs: tests of it would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A deadline fails on a busy machine for no fault of the code; a red run must be red again when it is repeated.
hypothesis.settings.register_profile("autonas", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("autonas")


@pytest.fixture
def rng() -> np.random.Generator:
    """A generator that gives the same numbers in every run."""
    return np.random.default_rng(0)
