"""A trial in words: what is being tried, and why it failed."""

from __future__ import annotations

from autonas.arch import Architecture
from autonas.search.strategy import Proposal

_TRACEBACK = "Traceback (most recent call last):\n"
_NO_NEWS = ("autonas.runtime.evaluator.TrialFailed: ", "autonas.runtime.evaluator.OutOfMemory: ")


def describe(proposal: Proposal, parent: Architecture | None) -> str:
    """Say what ``proposal`` does to the architecture of its parent trial (None where it has none).

    A proposal without a parent starts from fresh weights, so the edits that led to it say nothing about what happens
    now.
    """
    if parent is None:
        return f"new network of {len(proposal.architecture.weights)} layers"
    said = []
    for edit in proposal.edits:
        said.append(edit.words(parent))
        parent = edit.apply(parent)
    return ", then ".join(said) or "the same network, trained further"


def reason(message: str | None) -> str:
    """Return the line of a failed trial's message that says what went wrong: the exception under the last traceback.

    >>> reason("Traceback (most recent call last):\\n  File ...\\nValueError: no\\nmore about it")
    'ValueError: no'
    """
    lines = (message or "").rsplit(_TRACEBACK, 1)[-1].splitlines()
    said = [line for line in lines if line and not line.startswith(" ")]
    if not said:
        return "no reason given"
    return said[0].removeprefix(_NO_NEWS[0]).removeprefix(_NO_NEWS[1])
