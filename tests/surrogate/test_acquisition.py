"""Acquisition functions against what they stand for."""

import numpy as np
import pytest

from autonas.surrogate import expected_improvement, upper_confidence_bound

DRAWS = 400_000


@pytest.mark.parametrize(("mu", "sigma"), [(0.0, 1.0), (1.5, 0.3), (-1.0, 2.0), (0.7, 0.01)])
def test_expected_improvement_is_the_mean_of_improvements(mu, sigma, rng):
    improvements = np.maximum(rng.normal(mu, sigma, DRAWS) - 0.8, 0)
    tolerance = 6 * improvements.std() / np.sqrt(DRAWS) + 1e-9  # 6 standard errors
    value = expected_improvement(np.array([mu]), np.array([sigma]), 0.8)
    assert value[0] == pytest.approx(improvements.mean(), abs=tolerance)


def test_expected_improvement_of_what_is_certain():
    value = expected_improvement(np.array([1.0, 2.0, 3.0]), np.zeros(3), 2.0)
    assert value.tolist() == [0.0, 0.0, 1.0]


def test_expected_improvement_grows_with_both_and_is_never_negative():
    mu, sigma = np.meshgrid(np.linspace(-60, 3, 50), np.linspace(0, 2, 40))
    value = expected_improvement(mu, sigma, 0.0)
    assert (value >= 0).all()
    assert (np.diff(value, axis=0) >= -1e-15).all()
    assert (np.diff(value, axis=1) >= -1e-15).all()


def test_upper_confidence_bound_is_a_mean_of_deviations(rng):
    # Wilson et al. 2017: mu + beta sigma = E[mu + sqrt(beta^2 pi / 2) |f - mu|].
    mu, sigma, beta = 0.3, 0.7, 2.5
    draws = mu + np.sqrt(beta**2 * np.pi / 2) * np.abs(rng.normal(0, sigma, DRAWS))
    value = upper_confidence_bound(np.array([mu]), np.array([sigma]), beta)
    assert value[0] == pytest.approx(draws.mean(), abs=6 * draws.std() / np.sqrt(DRAWS))
