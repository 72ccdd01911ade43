"""When a run is given up: judged by hand on made-up curves."""

import pytest

from autonas.runtime.hopeless import Finished, verdict

pytestmark = pytest.mark.tf  # the curves are plain, but their room is below the TensorFlow line


def curve(*scores):
    """Return a curve with evenly spaced validations, the last at the run's end."""
    points = [(k + 1) / len(scores) for k in range(len(scores))]
    return tuple({"progress": p, "val_accuracy": s, "val_loss": 1 - s} for p, s in zip(points, scores, strict=True))


PEERS = [Finished(curve(0.5, 0.6, 0.7, 0.8), warm=True) for _ in range(2)] + [
    Finished(curve(0.7, 0.8, 0.85, 0.9), warm=True)
]


def judge(running, finished=PEERS, warm=True):
    """Return the verdict by accuracy, which must be the one by loss, its mirror image."""
    by_accuracy = verdict(running, finished, warm, "val_accuracy", maximise=True)
    by_loss = verdict(running, finished, warm, "val_loss", maximise=False)
    assert (by_accuracy is None) == (by_loss is None)
    return by_accuracy


def test_a_run_that_would_have_to_gain_more_than_any_before_is_hopeless():
    # At half of the run the peers still gained 0.2, 0.2 and 0.1; the best ended at 0.9.
    assert judge(curve(0.0, 0.75, 0.0, 0.0)[:2]) is None  # 0.75 + 0.2 is above
    said = judge(curve(0.0, 0.65, 0.0, 0.0)[:2])  # 0.65 + 0.2 is not
    assert said == "at 50% it would have to gain 0.2500; the most that any run gained from there is 0.2000"


def test_few_finished_runs_of_the_same_kind_judge_nobody():
    bad = curve(0.0, 0.1, 0.0, 0.0)[:2]
    assert judge(bad) is not None
    assert judge(bad, PEERS[:2]) is None
    assert judge(bad, PEERS, warm=False) is None
    assert judge((), PEERS) is None


def test_runs_that_only_lost_are_no_reason_to_expect_a_loss():
    falling = [Finished(curve(0.9, 0.8, 0.7, 0.6), warm=False) for _ in range(3)]
    assert judge(curve(0.7, 0.0, 0.0, 0.0)[:1], falling, warm=False) is None  # 0.7 is above 0.6 already
    assert judge(curve(0.5, 0.0, 0.0, 0.0)[:1], falling, warm=False) is not None
