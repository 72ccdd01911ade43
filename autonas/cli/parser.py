"""What every command takes."""

import argparse

from autonas import __version__

KINDS = ("image", "text", "table", "mixed")
FORMATS = ("keras", "litert", "onnx", "python", "tf_saved_model")

_SOURCE = "file that fit wrote, or the directory of a search, which may still run"


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = argparse.ArgumentParser(
        prog="autonas", description="Neural architecture search: data in, a trained network out."
    )
    parser.add_argument("--version", action="version", version=f"autonas {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")
    _fit(commands)
    _predict(commands)
    _export(commands)
    _leaderboard(commands)
    _report(commands)
    _watch(commands)
    _worker(commands)
    _demo(commands)
    return parser


def _command(commands: "argparse._SubParsersAction", name: str, does: str, example: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=does, description=f"{does[0].upper()}{does[1:]}.", epilog=example)
    parser.add_argument("--json", action="store_true", help="answer in JSON, on the standard output")
    return parser


def _drop(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--drop", metavar="COLUMN", action="append", default=[], help="column of the CSV to leave out")


def _columns(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--images", metavar="COLUMN", action="append", default=[], help="column of the CSV that names picture files"
    )


def _workers(parser: "argparse._ActionsContainer", default: int = 1) -> None:
    parser.add_argument(
        "--workers",
        type=lambda value: value if value == "ray" else int(value),
        default=default,
        metavar="N",
        help="trial processes (%(default)s); 0: in this one; ray: a Ray cluster",
    )


def _fit(commands: "argparse._SubParsersAction") -> None:
    example = "example: autonas fit table houses.csv --target price --out houses --time-limit 600"
    parser = _command(commands, "fit", "search a network for a folder or a CSV file", example)
    parser.add_argument("kind", choices=KINDS, help="what the data are")
    parser.add_argument(
        "data", help="folder of class folders (images, .txt files), or CSV file (texts: one column and the target)"
    )
    parser.add_argument(
        "--target", metavar="COLUMN", action="append", help="column to predict (of a CSV file); mixed: also several"
    )
    _columns(parser)
    parser.add_argument(
        "--texts", metavar="COLUMN", action="append", default=[], help="column of texts, one input of a mixed model"
    )
    _drop(parser)
    parser.add_argument(
        "--task",
        choices=("auto", "classification", "regression"),
        default="auto",
        help="auto: regression for a target of numbers that are fractions or more than 20 different ones",
    )
    parser.add_argument("--out", metavar="FILE", default="model.autonas", help="where the model goes (%(default)s)")
    parser.add_argument("--test", metavar="DATA", help="data of the same form, to evaluate the result on")
    search = parser.add_argument_group("the search")
    search.add_argument("--time-limit", type=float, metavar="SECONDS", help="for all of it; 3600 with no --max-trials")
    search.add_argument("--max-trials", type=int, metavar="N", help="networks to try at most")
    search.add_argument("--oracle", default="bayesian", help="how networks are chosen (%(default)s)")
    search.add_argument("--objective", default="auto", help="what they are compared by, such as val_loss")
    search.add_argument("--max-params", type=int, metavar="N", help="parameters a network may have")
    search.add_argument("--epochs", type=float, metavar="N", help="most passes over the data of one training run")
    _workers(search)
    search.add_argument("--seed", type=int, metavar="N")
    search.add_argument("--directory", metavar="FOLDER", help="where trials are kept; the same one goes on")
    search.add_argument(
        "--chief", metavar="HOST:PORT", help="run no trial here: hand them out at this address, to `autonas worker`s"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace --out, and begin --directory anew")


def _predict(commands: "argparse._SubParsersAction") -> None:
    example = "example: autonas predict houses.autonas new.csv --out predicted.csv"
    parser = _command(commands, "predict", "predict for new data with a fitted model", example)
    parser.add_argument("model", help="file that fit wrote")
    parser.add_argument("data", help="folder of pictures or .txt files, or CSV file")
    _columns(parser)
    _drop(parser)
    parser.add_argument("--proba", action="store_true", help="a column of probabilities for each class, too")
    parser.add_argument("--out", metavar="FILE", help="CSV file to write; the standard output without it")
    parser.add_argument("--overwrite", action="store_true", help="replace --out")


def _export(commands: "argparse._SubParsersAction") -> None:
    example = "example: autonas export houses.autonas houses.onnx"
    parser = _command(commands, "export", "write the network of a model for another runtime", example)
    parser.add_argument("model", help="file that fit wrote")
    parser.add_argument("path", help="where to: .keras, .onnx, .tflite, .py, or a folder")
    parser.add_argument("--format", choices=FORMATS, help="what the path's ending says, without it")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier export")


def _leaderboard(commands: "argparse._SubParsersAction") -> None:
    parser = _command(commands, "leaderboard", "show the trials of a search", "example: autonas leaderboard m.autonas")
    parser.add_argument("source", help=_SOURCE)


def _report(commands: "argparse._SubParsersAction") -> None:
    parser = _command(commands, "report", "write a search as one HTML page", "example: autonas report runs/first")
    parser.add_argument("source", help=_SOURCE)
    parser.add_argument(
        "path", nargs="?", default="report.html", help="where to (%(default)s), replaced if it is there"
    )


def _watch(commands: "argparse._SubParsersAction") -> None:
    example = "example: autonas watch runs/first"
    parser = _command(commands, "watch", "serve the report of a search on this machine, while it runs", example)
    parser.add_argument("directory", help="the directory that fit was given; the search need not have begun")
    parser.add_argument("--port", type=int, default=8765, metavar="N", help="where (%(default)s); 0: any free one")


def _worker(commands: "argparse._SubParsersAction") -> None:
    example = "example: autonas worker /shared/runs/first --chief 10.0.0.5:7001"
    parser = _command(commands, "worker", "run trials of a search whose `fit` was given --chief", example)
    parser.add_argument("directory", help="the --directory of that fit, as this machine sees it")
    parser.add_argument(
        "--chief", metavar="HOST:PORT", help="where it serves; KERASTUNER_ORACLE_IP and _PORT without it"
    )
    parser.add_argument("--id", metavar="NAME", help="what tells this worker from others; its machine and process")
    parser.add_argument(
        "--workers", type=int, choices=(0, 1), default=1, help="1: trials in a process of their own; 0: in this one"
    )
    parser.add_argument(
        "--patience", type=float, default=600, metavar="SECONDS", help="that the chief is waited for (%(default)s)"
    )


def _demo(commands: "argparse._SubParsersAction") -> None:
    example = "example: autonas demo --time-limit 30"
    parser = _command(commands, "demo", "search on data that scikit-learn brings", example)
    parser.add_argument("kind", nargs="?", choices=("image", "table"), default="image", help="digits, or wines")
    parser.add_argument("--time-limit", type=float, default=60, metavar="SECONDS", help="(%(default)s)")
    parser.add_argument("--max-trials", type=int, metavar="N", help="networks to try at most")
    parser.add_argument("--out", metavar="FILE", default="demo.autonas", help="where the model goes (%(default)s)")
    _workers(parser, default=0)  # a process would take a third of the minute to start
    parser.add_argument("--seed", type=int, default=0, metavar="N")
