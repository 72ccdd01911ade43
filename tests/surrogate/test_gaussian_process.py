"""The Gaussian process: textbook equations, degenerate data, fantasies, hyper-parameters; and gradients."""

import numpy as np
import pytest
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF

from autonas.surrogate import Kernel, Layout, condition, fit, standardise
from autonas.surrogate.gaussian_process import JITTER, log_marginal_likelihood

LAYOUTS = [
    Layout((5,), ((0,),)),
    Layout((2, 3), ((0, 1),)),
    Layout((2, 3), ((0,), (1,))),
    Layout((1, 1, 3), ((0, 1), (0, 2))),
]


def _product(*blocks):
    return Layout(blocks, (tuple(range(len(blocks))),))


@pytest.fixture
def data(rng):
    X = rng.uniform(-2, 2, (30, 3))
    return X, standardise(np.sin(X[:, 0]) + 0.01 * rng.standard_normal(30))


def test_blocks_of_one_scale_are_the_ordinary_kernel(rng):
    X, Y = rng.standard_normal((6, 5)), rng.standard_normal((4, 5))
    kernel = Kernel(_product(2, 3), np.ones(1), np.full(2, 0.7))
    np.testing.assert_allclose(kernel(X, Y), RBF(0.7)(X, Y), rtol=1e-10)
    np.testing.assert_allclose(kernel(X), RBF(0.7)(X), rtol=1e-10)


def test_terms_add_up_and_share_their_blocks(rng):
    X, Y = rng.standard_normal((6, 5)), rng.standard_normal((4, 5))
    kernel = Kernel(Layout((2, 3), ((0,), (0, 1))), np.array([0.5, 2.0]), np.array([0.7, 1.5]))
    one, other = RBF(0.7)(X[:, :2], Y[:, :2]), RBF(1.5)(X[:, 2:], Y[:, 2:])
    np.testing.assert_allclose(kernel(X, Y), 0.5 * one + 2.0 * one * other, rtol=1e-10)
    assert kernel.variance == pytest.approx(kernel(X)[0, 0])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_likelihood_and_its_gradient(layout, rng):
    X, z = rng.standard_normal((8, 5)), rng.standard_normal(8)
    kernel, squares = Kernel.start(layout), layout.squares(X)
    kernel = kernel.with_theta(kernel.theta + rng.normal(0, 0.3, len(kernel.theta)))

    def value(theta):
        return log_marginal_likelihood(kernel.with_theta(theta[:-1]), float(np.exp(theta[-1])), squares, z)[0]

    theta = np.append(kernel.theta, np.log(0.1))
    K = kernel(X) + (0.1 + JITTER * kernel.variance) * np.eye(8)
    expected = -0.5 * z @ np.linalg.solve(K, z) - 0.5 * np.linalg.slogdet(2 * np.pi * K)[1]
    found, gradient = log_marginal_likelihood(kernel, 0.1, squares, z)
    assert found == pytest.approx(expected)
    steps = 1e-5 * np.eye(len(theta))
    finite = [(value(theta + step) - value(theta - step)) / 2e-5 for step in steps]
    np.testing.assert_allclose(gradient, finite, rtol=1e-4, atol=1e-6)


def test_prediction_is_that_of_scikit_learn(data, rng):
    X, z = data
    new = rng.uniform(-2, 2, (7, 3))
    process = condition(Kernel(_product(3), np.ones(1), np.full(1, 0.8)), 0.01, X, z)
    peer = GaussianProcessRegressor(RBF(0.8), alpha=0.01 + JITTER, optimizer=None).fit(X, z)
    for ours, theirs in zip(process.predict(new), peer.predict(new, return_std=True), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_it_learns_and_knows_which_block_matters(data, rng):
    X, z = data
    process = fit(X, z, _product(1, 2))
    new = rng.uniform(-1.5, 1.5, (50, 3))
    mu, _ = process.predict(new)
    assert np.corrcoef(mu, np.sin(new[:, 0]))[0, 1] > 0.98
    first, rest = process.kernel.scales
    assert rest > 3 * first


def test_it_knows_which_term_of_a_sum_matters(data):
    process = fit(*data, Layout((1, 2), ((0,), (1,))))
    first, rest = process.kernel.variances
    assert first > 3 * rest


def test_noise_is_fitted_or_fixed(rng):
    X = rng.uniform(-2, 2, (60, 1))
    noisy = fit(X, standardise(np.sin(X[:, 0]) + rng.standard_normal(60)), _product(1))
    clean = fit(X, standardise(np.sin(X[:, 0])), _product(1))
    assert noisy.noise > 0.3 > 0.01 > clean.noise
    assert fit(X, standardise(np.sin(X[:, 0])), _product(1), noise=0.5).noise == pytest.approx(0.25)
    assert np.isfinite(fit(X, standardise(np.sin(X[:, 0])), _product(1), noise=0.0).predict(X)[0]).all()


def test_one_observation_and_equal_scores_say_nothing_about_others():
    X = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 9.0]])
    for count in (1, 3):
        mu, sigma = fit(X[:count], standardise(np.full(count, 0.9)), _product(1, 1)).predict(X)
        np.testing.assert_allclose(mu, 0.0, atol=1e-12)
        assert np.isfinite(sigma).all()
        assert sigma[0] <= sigma[-1]


def test_equal_rows_are_no_obstacle(data):
    X, z = data
    twice = fit(np.vstack([X, X]), np.concatenate([z, z]), _product(1, 2), noise=0.0)
    np.testing.assert_allclose(twice.predict(X)[0], z, atol=0.05)


@pytest.mark.parametrize("layout", [_product(1, 2), Layout((1, 2), ((0,), (1,)))])
def test_told_one_by_one_it_is_what_it_would_be_at_once(layout, data, rng):
    X, z = data
    once = fit(X, z, layout)
    process = condition(once.kernel, once.noise, X[:5], z[:5])
    for number in range(5, len(X)):
        process = process.told(X[number : number + 1], z[: number + 1])
    new = rng.uniform(-2, 2, (7, 3))
    for ours, theirs in zip(process.predict(new), once.predict(new), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-8)


def test_what_is_imagined_takes_uncertainty_away_and_leaves_the_mean(data):
    process = fit(*data, _product(1, 2))
    far = np.array([[5.0, 5.0, 5.0]])
    before_mu, before_sigma = process.predict(far)
    mu, sigma = process.imagine(far).predict(far)
    assert sigma[0] < 0.6 * before_sigma[0]
    np.testing.assert_allclose(mu, before_mu, atol=1e-6)


def test_functions_are_drawn_from_the_process(data, rng):
    process = fit(*data, _product(1, 2))
    new = np.array([[0.5, 0.0, 0.0], [0.6, 0.0, 0.0], [6.0, 6.0, 6.0]])
    mu, sigma = process.predict(new)
    draws = np.array([process.draw(new, rng) for _ in range(3000)])
    np.testing.assert_allclose(draws.mean(axis=0), mu, atol=6 * sigma.max() / np.sqrt(3000))
    np.testing.assert_allclose(draws.std(axis=0), np.maximum(sigma, 1e-3), rtol=0.15, atol=4e-3)
    correlation = np.corrcoef(draws.T)
    assert correlation[0, 1] > 0.7 > 0.1 > abs(correlation[0, 2])  # neighbours vary together


def test_many_observations_are_all_used(rng):
    X = rng.uniform(-2, 2, (260, 1))
    process = fit(X, standardise(np.sin(X[:, 0])), _product(1))
    assert len(process.X) == 260
    np.testing.assert_allclose(process.predict(X)[0], process.z, atol=0.05)


def test_columns_of_zeros_change_nothing(data):
    X, z = data
    process = fit(X, z, _product(1, 2))
    wider = process.widened(_product(3, 2))
    new = np.array([[0.3, 0.0, 0.0, 0.1, -0.4]])
    for ours, theirs in zip(wider.predict(new), process.predict(new[:, [0, 3, 4]]), strict=True):
        np.testing.assert_allclose(ours, theirs)
    assert process.widened(_product(1, 2)) is process
