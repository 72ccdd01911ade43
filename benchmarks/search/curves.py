"""Curves of searches: what the best-by-signal reports, over queries."""

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np

mpl.use("Agg")
from matplotlib import pyplot as plt

BEGIN = 10  # queries; what comes before stretches the axis and tells nothing


def draw(curves: Mapping[str, np.ndarray], ceiling: float, title: str, path: Path) -> None:
    """Draw mean and one standard error over runs of every strategy's curves, (runs, queries), to ``path``."""
    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    for name, each in curves.items():
        queries = np.arange(1, each.shape[1] + 1)
        begin = min(BEGIN, len(queries)) - 1
        mean, error = each.mean(axis=0), each.std(axis=0, ddof=min(1, len(each) - 1)) / np.sqrt(len(each))
        (line,) = axes.plot(queries[begin:], mean[begin:], label=name)
        axes.fill_between(
            queries[begin:], (mean - error)[begin:], (mean + error)[begin:], color=line.get_color(), alpha=0.2, lw=0
        )
    axes.axhline(ceiling, color="grey", ls=":", lw=1, label="best by signal in the table")
    axes.set(xlabel="queries", ylabel="report of the best by signal", title=title)
    axes.legend()
    figure.savefig(path, dpi=120)
    plt.close(figure)
