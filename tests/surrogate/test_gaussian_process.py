"""The Gaussian process: textbook equations, degenerate data, fantasies, hyper-parameters; and the kernel's gradient."""

import numpy as np
import pytest
from sklearn.gaussian_process.kernels import RBF

from autonas.surrogate import BlockRBF, fit, standardise


@pytest.fixture
def data(rng):
    X = rng.uniform(-2, 2, (30, 3))
    return X, np.sin(X[:, 0]) + 0.01 * rng.standard_normal(30)


def test_blocks_of_one_scale_are_the_ordinary_kernel(rng):
    X, Y = rng.standard_normal((6, 5)), rng.standard_normal((4, 5))
    kernel = BlockRBF((2, 3), [0.7, 0.7])
    np.testing.assert_allclose(kernel(X, Y), RBF(0.7)(X, Y), rtol=1e-10)
    np.testing.assert_allclose(kernel(X), RBF(0.7)(X), rtol=1e-10)
    assert (np.diag(kernel(X)) == 1).all()


@pytest.mark.parametrize("blocks", [(5,), (2, 3), (1, 1, 3)])
def test_the_gradient_agrees_with_finite_differences(blocks, rng):
    X, kernel = rng.standard_normal((6, 5)), BlockRBF(blocks, np.linspace(0.5, 1.5, len(blocks)))
    _, gradient = kernel(X, eval_gradient=True)
    for position in range(len(blocks)):
        step = 1e-6 * np.eye(len(blocks))[position]
        up, down = (kernel.clone_with_theta(kernel.theta + sign * step)(X) for sign in (1, -1))
        np.testing.assert_allclose(gradient[:, :, position], (up - down) / 2e-6, atol=1e-8)


def test_prediction_follows_the_textbook(data, rng):
    X, y = data
    process = fit(X, y, (1, 2))
    new = rng.uniform(-2, 2, (7, 3))
    signal, s2 = process.regressor.kernel_.k1, process.noise
    inverse = np.linalg.inv(signal(X) + s2 * np.eye(len(X)))
    mean = signal(new, X) @ inverse @ standardise(y)
    variance = signal.diag(new) - np.einsum("ij,jk,ik->i", signal(new, X), inverse, signal(new, X))
    mu, sigma = process.predict(new)
    np.testing.assert_allclose(mu, mean, atol=1e-6)
    np.testing.assert_allclose(sigma**2, variance, atol=1e-6)


def test_it_learns_and_knows_which_block_matters(data, rng):
    X, y = data
    process = fit(X, y, (1, 2))
    new = rng.uniform(-1.5, 1.5, (50, 3))
    mu, _ = process.predict(new)
    assert np.corrcoef(mu, np.sin(new[:, 0]))[0, 1] > 0.98
    first, rest = process.regressor.kernel_.k1.k2.length_scales
    assert rest > 3 * first


def test_noise_is_fitted_or_fixed(rng):
    X = rng.uniform(-2, 2, (60, 1))
    noisy = fit(X, np.sin(X[:, 0]) + rng.standard_normal(60), (1,))
    clean = fit(X, np.sin(X[:, 0]), (1,))
    assert noisy.noise > 0.3 > 0.01 > clean.noise
    assert fit(X, np.sin(X[:, 0]), (1,), noise=0.5).noise == pytest.approx(0.25)


def test_one_observation_and_equal_scores_say_nothing_about_others():
    X = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 9.0]])
    for count in (1, 3):
        mu, sigma = fit(X[:count], np.full(count, 0.9), (1, 1)).predict(X)
        np.testing.assert_allclose(mu, 0.0, atol=1e-12)
        assert np.isfinite(sigma).all()
        assert sigma[0] <= sigma[-1]


def test_scores_are_standardised_whatever_their_unit():
    assert standardise(np.array([3.0, 3.0 + 1e-15])).tolist() == [0.0, 0.0]
    z = standardise(np.array([1e6, 2e6, 4e6]))
    assert z.mean() == pytest.approx(0)
    assert z.std() == pytest.approx(1)
    np.testing.assert_allclose(z, standardise(np.array([1e-6, 2e-6, 4e-6])))


def test_what_is_imagined_takes_uncertainty_away_and_leaves_the_mean(data):
    X, y = data
    process = fit(X, y, (1, 2))
    far = np.array([[5.0, 5.0, 5.0]])
    before_mu, before_sigma = process.predict(far)
    mu, sigma = process.imagine(far).predict(far)
    assert sigma[0] < 0.6 * before_sigma[0]
    np.testing.assert_allclose(mu, before_mu, atol=1e-6)


def test_many_observations_are_all_used(rng):
    X = rng.uniform(-2, 2, (260, 1))
    process = fit(X, np.sin(X[:, 0]), (1,))
    assert len(process.X) == 260
    np.testing.assert_allclose(process.predict(X)[0], process.z, atol=0.05)
