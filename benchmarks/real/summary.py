"""JSON lines of image.py -> a markdown table: a row a dataset, training size, limit, machine and tool.

python benchmarks/real/summary.py results.jsonl more.jsonl
"""

import argparse
import json
import statistics
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

Line = Mapping[str, object]
HEADER = (
    "dataset",
    "train",
    "limit s",
    "cores",
    "tool",
    "seeds",
    "mean accuracy",
    "each accuracy",
    "trials",
    "overhead",
    "cpu",
    "parameters",
    "peak MB",
    "longest s",
)


def main() -> None:
    """Print the table of the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", type=Path, nargs="+")
    print(table(read(parser.parse_args().files)))


def read(files: Iterable[Path]) -> list[Line]:
    """Every line of `files`, in order; empty lines are passed over."""
    return [json.loads(text) for file in files for text in file.read_text().splitlines() if text.strip()]


def table(lines: Sequence[Line]) -> str:
    """The markdown table, best mean accuracy first within a dataset and limit."""
    groups: dict[tuple, list[Line]] = {}
    for line in lines:
        # Runs on other machines or with other limits are other experiments and are never averaged together.
        place = (line["dataset"], line["train"], line["time_limit"], line["machine"]["cores"])
        groups.setdefault((*place, line["tool"]), []).append(line)
    ordered = sorted(groups.items(), key=lambda item: (item[0][:4], -_mean(item[1], "test_accuracy")))
    rows = [HEADER, ("---",) * len(HEADER), *(_row(key, runs) for key, runs in ordered)]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _row(key: tuple, runs: list[Line]) -> tuple[str, ...]:
    dataset, train, limit, cores, tool = key
    runs = sorted(runs, key=lambda run: run["seed"])
    return (
        dataset,
        str(train),
        f"{limit:g}",
        str(cores),
        tool,
        _each(runs, "seed", "{}"),
        f"{_mean(runs, 'test_accuracy'):.4f}",
        _each(runs, "test_accuracy", "{:.4f}"),
        _each(runs, "trials", "{}"),
        _overhead(runs),
        f"{statistics.fmean(run['cpu_seconds'] / run['seconds'] for run in runs) / cores:.0%}",
        _each(runs, "parameters", "{:,}"),
        f"{max(run['peak_memory_mb'] for run in runs):.0f}",
        f"{max(run['seconds'] for run in runs):.0f}",
    )


def _overhead(runs: list[Line]) -> str:
    """Share of the seconds that were not gradient steps, averaged over the runs that can tell."""
    shares = [1 - run["gradient_share"] for run in runs if run["gradient_share"] is not None]
    return f"{statistics.fmean(shares):.0%}" if shares else "not told"


def _mean(runs: list[Line], field: str) -> float:
    return statistics.fmean(run[field] for run in runs)


def _each(runs: list[Line], field: str, form: str) -> str:
    return ", ".join(form.format(run[field]) for run in runs)


if __name__ == "__main__":
    main()
