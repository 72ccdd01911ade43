"""Architectures to compare: random edits of a small network."""

import numpy as np
import pytest

from autonas.arch.starters import plain_cnn
from autonas.space import MorphSpace


@pytest.fixture(scope="session")
def networks():
    space = MorphSpace((plain_cnn((8, 8, 1), 3, width=8),), max_edits=6)
    rng = np.random.default_rng(5)
    return [space.sample(rng) for _ in range(40)]
