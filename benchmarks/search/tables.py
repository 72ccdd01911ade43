"""Searches on tables of trained networks, where a query is a lookup: one JSON line a strategy on stdout.

    python benchmarks/search/tables.py --space nasbench201 --table FILE --strategy bayesian \
        --queries 50,100,200,300 --runs 40 --seed 0

A search sees the signal of a network (accuracy on validation data). After every query count its best network by signal
is judged by its report (accuracy on test data), the mean report where several share the best signal. ``mean``,
``std`` and ``standard_error`` are over runs, whose seeds are --seed, --seed + 1, ...; ``ceiling`` is what a search of
the whole table reports.
"""

import argparse
import contextlib
import json
import sys
import time
from pathlib import Path

_HERE = Path(__file__).resolve().parent
# autonas is the code of this checkout, installed or not; what describes a run stands beside the other benchmarks.
sys.path[:0] = [str(_HERE.parents[1]), str(_HERE.parent / "real")]

import contenders  # noqa: E402
import numpy as np  # noqa: E402
import record  # noqa: E402
from scores import read_scores  # noqa: E402

from autonas.errors import AutonasError  # noqa: E402
from autonas.space import TableSpace, chain, nasbench201  # noqa: E402

SPACES = {
    "nasbench201": (nasbench201, "cell", "cifar10-val", "cifar10-test"),
    "chain": (chain, "architecture", "signal", "report"),
}
"""How a space is made of scores, and its columns: name, signal, report."""


def main() -> None:
    """Let every chosen strategy search, and print its line."""
    arguments = _arguments()
    make, name, signal, report = SPACES[arguments.space]
    signal, report = arguments.signal or signal, arguments.report or report
    try:
        space = make(read_scores(arguments.table, name, signal, report))
    except AutonasError as error:
        sys.exit(f"tables.py: {error}")
    curves = {}
    for strategy in contenders.chosen(arguments.strategy):
        with contextlib.redirect_stdout(sys.stderr):  # some tools print; stdout is for the lines
            surroundings = record.surroundings()
            curves[strategy], seconds = measure(strategy, space, max(arguments.queries), arguments.runs, arguments.seed)
        line = {
            "strategy": strategy,
            "space": arguments.space,
            "table": arguments.table.name,
            "signal": signal,
            "report": report,
            "networks": len(space.names),
            "ceiling": ceiling(space),
            "runs": arguments.runs,
            "seed": arguments.seed,
            **summary(curves[strategy], arguments.queries),
            "seconds_per_query": round(seconds / curves[strategy].size, 5),
            **surroundings,
        }
        print(json.dumps(line), flush=True)
        if arguments.out is not None:
            with arguments.out.open("a") as out:
                out.write(json.dumps(line) + "\n")
    if arguments.plot is not None:
        from curves import draw

        draw(curves, ceiling(space), f"{arguments.space}: {report} of the best by {signal}", arguments.plot)


def measure(strategy: str, space: TableSpace, queries: int, runs: int, seed: int) -> tuple[np.ndarray, float]:
    """The reports of the best-by-signal after every query, (runs, queries), and the seconds that the searches took."""
    search = contenders.contender(strategy)
    begun = time.perf_counter()
    tried = [search(space, queries, seed + number) for number in range(runs)]
    seconds = time.perf_counter() - begun
    return np.array([reports(space, each, queries) for each in tried]), seconds


def reports(space: TableSpace, tried: list[tuple[str, ...]], queries: int) -> np.ndarray:
    """The report of the best-by-signal after each of ``queries`` queries, (queries,); a search that ended early keeps
    its last. Networks of equal signal cannot be told apart: their reports are averaged.
    """
    best, shared, curve = -np.inf, [], []
    for signal, report in (space.rows[each] for each in tried):
        if signal > best:
            best, shared = signal, []
        if signal == best:
            shared.append(report)
        curve.append(np.mean(shared))
    return np.pad(curve, (0, queries - len(curve)), mode="edge")


def summary(curves: np.ndarray, queries: list[int]) -> dict[str, list[float] | list[int]]:
    """Mean, standard deviation and standard error over runs after each count of queries."""
    reached = curves[:, [each - 1 for each in queries]]
    deviation = reached.std(axis=0, ddof=1) if len(reached) > 1 else np.full(len(queries), np.nan)
    rows = {"mean": reached.mean(axis=0), "std": deviation, "standard_error": deviation / np.sqrt(len(reached))}
    return {"queries": queries, **{name: _plain(row) for name, row in rows.items()}}


def ceiling(space: TableSpace) -> float:
    """What a search of the whole table reports."""
    return float(reports(space, list(space.names), len(space.names))[-1])


def _plain(row: np.ndarray) -> list[float | None]:
    return [None if np.isnan(each) else round(float(each), 4) for each in row]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--space", choices=sorted(SPACES), required=True)
    parser.add_argument("--table", type=Path, required=True, help="a CSV file with a header, gzipped or not")
    names = ["all", *contenders.STRATEGIES, *contenders.LEARNT, *contenders.RIVALS]
    parser.add_argument("--strategy", choices=names, default="all")
    parser.add_argument("--queries", type=_counts, default=[50, 100, 200, 300], help="e.g. 50,100,200,300")
    parser.add_argument("--runs", type=_count, default=40)
    parser.add_argument("--seed", type=int, default=0, help="of the first run; the next ones count up")
    parser.add_argument("--signal", help="the column that a search may see")
    parser.add_argument("--report", help="the column that its find is judged by")
    parser.add_argument("--plot", type=Path, help="draw mean curves with bands of one standard error to this file")
    parser.add_argument("--out", type=Path, help="append the lines to this file too")
    return parser.parse_args()


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"must be >= 1. Received: {text}.")
    return number


def _counts(text: str) -> list[int]:
    return sorted(_count(each) for each in text.split(","))


if __name__ == "__main__":
    main()
