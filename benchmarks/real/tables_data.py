"""Tables for tables.py: four that scikit-learn brings, and one that is generated, with all that real ones have."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.model_selection import train_test_split

TEST_SHARE = 0.25
ROWS = 20_000
GENERATOR_SEED = 20_261_125  # of the generated table, whatever the run's seed


@dataclasses.dataclass(frozen=True)
class Tables:
    """A table and its targets, in two parts."""

    x_train: pd.DataFrame
    y_train: np.ndarray
    x_test: pd.DataFrame
    y_test: np.ndarray
    task: str  # classification or regression


def load(name: str, seed: int) -> Tables:
    """Return a data set, a quarter of it put aside as a test part, drawn with the seed."""
    x, y, task = DATASETS[name]()
    stratify = y if task == "classification" else None
    x_train, x_test, y_train, y_test = train_test_split(
        x, y, test_size=TEST_SHARE, stratify=stratify, random_state=seed
    )
    return Tables(x_train, y_train, x_test, y_test, task)


def mixed(rows: int = ROWS, seed: int = GENERATOR_SEED) -> tuple[pd.DataFrame, np.ndarray, str]:
    """Return a generated table of two classes.

    It has numbers with heavy tails, counts, booleans, dates, categories of 6 and of 400 kinds. One value in twelve is
    missing, and one of the numbers more often where it is large.

    What decides is a sum of products, steps, waves and effects of categories, and noise: the best possible accuracy is
    well below 1.
    """
    rng = np.random.default_rng(seed)
    income = np.exp(rng.normal(10, 1, rows))
    age = rng.integers(18, 90, rows).astype(float)
    load = rng.standard_t(3, rows)
    visits = rng.poisson(4, rows).astype(float)
    phase, noise = rng.normal(size=(2, rows))
    member = rng.random(rows) < 0.4
    opened = pd.Timestamp("2018-01-01") + pd.to_timedelta(rng.integers(0, 5 * 365 * 24, rows), unit="h")
    region, shop = rng.integers(0, 6, rows), rng.integers(0, 400, rows)
    by_region, by_shop = rng.normal(size=6), rng.normal(size=400)
    season = np.sin(2 * np.pi * np.asarray(opened.dayofyear) / 365.25)
    weekend = np.asarray(opened.dayofweek) >= 5
    score = (
        (np.log(income) - 10) * by_region[region]
        + by_shop[shop]
        + 0.8 * np.sin(2 * phase)
        + np.where(member, 0.1 * (visits - 4), -0.03 * (age - 54))
        + 0.7 * (np.abs(load) > 1)
        + 0.8 * season
        + 0.6 * weekend * member
        + 0.8 * rng.normal(size=rows)
    )
    table = pd.DataFrame(
        {
            "income": income,
            "age": age,
            "load": load,
            "visits": visits,
            "phase": phase,
            "noise": noise,
            "member": member.astype(object),
            "opened": opened,
            "region": np.array([f"region {code}" for code in range(6)], dtype=object)[region],
            "shop": np.array([f"shop {code:03d}" for code in range(400)], dtype=object)[shop],
        }
    )
    for column in table.columns:
        table.loc[rng.random(rows) < 1 / 12, column] = None
    table.loc[(income > np.quantile(income, 0.8)) & (rng.random(rows) < 0.3), "income"] = None
    return table, (score > np.median(score)).astype(int), "classification"


def _bundled(load: Callable, task: str) -> Callable[[], tuple[pd.DataFrame, np.ndarray, str]]:
    def read() -> tuple[pd.DataFrame, np.ndarray, str]:
        x, y = load(return_X_y=True, as_frame=True)
        return x, y.to_numpy(), task

    return read


DATASETS: dict[str, Callable[[], tuple[pd.DataFrame, np.ndarray, str]]] = {
    "breast_cancer": _bundled(load_breast_cancer, "classification"),
    "wine": _bundled(load_wine, "classification"),
    "digits": _bundled(load_digits, "classification"),
    "diabetes": _bundled(load_diabetes, "regression"),
    "mixed": mixed,
}
