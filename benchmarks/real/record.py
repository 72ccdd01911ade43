"""What a reader of a benchmark line needs to repeat it: code, machine, packages, memory, time of day."""

import datetime
import importlib.metadata
import os
import platform
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PACKAGES = ("autonas", "tensorflow", "keras", "keras-tuner", "scikit-learn", "numpy")
_MEASURED_CODE = ("autonas", "benchmarks")


def surroundings() -> dict[str, object]:
    """Commit, machine, versions and time, ready for JSON. Call it before the run: a checkout moves on meanwhile."""
    return {
        "git_commit": _git("rev-parse", "HEAD"),
        "git_dirty": bool(_git("status", "--porcelain", "--", *_MEASURED_CODE)),
        "machine": {"cpu": _cpu_model(), "cores": usable_cores(), "system": platform.system()},
        "versions": {"python": platform.python_version(), **_versions()},
        "timestamp": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def peak_memory_mb() -> float:
    """Peak resident memory of this process, in MB."""
    return _peak_mb(resource.RUSAGE_SELF)


def child_peak_memory_mb(before: float = 0.0) -> float:
    """Peak resident memory of the largest child that has ended, in MB; 0 where none outgrew `before`.

    `before` is this figure at an earlier time. Even git counts as large: until it starts, a child is a copy of us.
    """
    peak = _peak_mb(resource.RUSAGE_CHILDREN)
    return peak if peak > before else 0.0


def cpu_seconds() -> float:
    """Processor seconds that this process and its ended children have used so far, over all cores."""
    usages = [resource.getrusage(kind) for kind in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(usage.ru_utime + usage.ru_stime for usage in usages)


def usable_cores() -> int:
    """Cores this process may run on, which taskset and containers make fewer than the machine's."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _peak_mb(kind: int) -> float:
    return round(resource.getrusage(kind).ru_maxrss * _RSS_UNIT / 1e6, 1)


_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # getrusage counts bytes on macOS, KiB on Linux


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):  # an unpacked archive has no commit to name
        return None
    return done.stdout.strip()


def _cpu_model() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    models = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            found[package] = "not installed"
    return found
