"""What the benchmarks of inheritance and memory make of what they see."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.tf

_FOLDER = Path(__file__).resolve().parents[1] / "benchmarks" / "real"


@pytest.fixture
def inheritance(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import inheritance

    return inheritance


@pytest.fixture
def memory(monkeypatch):
    monkeypatch.syspath_prepend(str(_FOLDER))
    import memory

    return memory


def _result(curve, epochs=4.0):
    from autonas.runtime.evaluator import Result

    points = tuple({"progress": p, "val_accuracy": accuracy, "val_loss": loss} for p, accuracy, loss in curve)
    return Result({}, epochs, epochs, {"gradient_steps": 8.0}, 1, 1, points)


def test_a_run_needs_what_its_first_good_point_took(inheritance):
    # 8 s over 4 epochs are 2 s an epoch. Accuracy 0.9 is met at half of the run: 2 epochs, 4 s. Loss 0.1 never.
    result = _result([(0.25, 0.8, 0.5), (0.5, 0.9, 0.4), (1.0, 0.7, 0.2)])
    line = inheritance._line("child 0", "warm", 4, result, {"val_accuracy": 0.9, "val_loss": 0.1}, ())
    assert line["reached"] == {"val_accuracy": {"epochs": 2.0, "seconds": 4.0}, "val_loss": "not within 4 epochs"}
    assert line["first"] == {"val_accuracy": 0.8, "val_loss": 0.5}
    assert line["curve"][-1] == (8.0, 0.7, 0.2)


def _line(start, epochs, needed):
    reached = {"epochs": needed, "seconds": 3 * needed} if needed else f"not within {epochs} epochs"
    scores = {"val_accuracy": 0.5, "val_loss": 1.0}
    return {
        "start": start,
        "epochs": epochs,
        "reached": {"val_accuracy": reached, "val_loss": reached},
        "first": scores,
        "final": scores,
    }


def test_medians_count_runs_that_did_not_get_there_as_the_longest(inheritance):
    lines = [_line("warm", 8, 1.0), _line("warm", 8, 2.0), _line("warm", 8, None)]
    lines += [_line("scratch", 24, 10.0), _line("scratch", 24, 12.0), _line("scratch", 24, 5.0)]
    lines += [_line("scratch", 8, None), _line("scratch", 8, None), _line("scratch", 8, 6.0)]
    warm, long, short = inheritance.summary(lines)[:3]
    assert (warm["reached"], warm["median_epochs"], warm["times_warm_epochs"]) == ("2 of 3", 2.0, 1.0)
    assert (long["reached"], long["median_epochs"], long["times_warm_epochs"]) == ("3 of 3", 10.0, 5.0)
    assert (long["median_seconds"], long["times_warm_seconds"]) == (30.0, 5.0)
    assert (short["reached"], short["median_epochs"], short["times_warm_seconds"]) == ("1 of 3", None, None)
    assert short["times_warm_epochs"] == "more than 4.0"  # 8 epochs were not enough where 2 are the median


def test_children_are_edits_that_keep_the_function(inheritance, rng):
    from autonas.arch.starters import residual_cnn
    from autonas.morph import apply_edits

    parent = residual_cnn((8, 8, 1), 10, width=4)
    for _ in range(10):
        child, edits, words = inheritance._child(parent, rng)
        assert apply_edits(parent, edits) == child
        assert all(edit.preserving for edit in edits)
        assert len(words) == len(edits) <= inheritance.MOST_EDITS


def test_the_count_sees_what_lives_and_not_what_is_gone(memory):
    import gc

    import keras

    gc.collect()
    before = memory.live_objects()
    inputs = keras.Input((2,))
    model = keras.Model(inputs, keras.layers.Dense(3)(inputs))
    model.compile(optimizer="sgd", loss="mse")
    during = memory.live_objects()
    assert during["models"] == before["models"] + 1
    assert during["keras_variables"] >= before["keras_variables"] + 2
    del model, inputs
    gc.collect()
    after = memory.live_objects()
    assert after["models"] == before["models"]
    assert after["tf_variables"] == before["tf_variables"]


def test_the_slope_leaves_out_the_first_trials(memory):
    start = [900.0, 100.0, 500.0, 700.0, 0.0]  # what TensorFlow's pools do at first
    lines = [{"resident_mb": value} for value in [*start, 10.0, 12.5, 15.0, 17.5]]
    assert memory.slope(lines, "resident_mb") == 2.5
    assert memory.slope(lines[:6], "resident_mb") is None
    assert memory.slope([{"models": 0}] * 8, "models") == 0.0


def test_resident_memory_is_that_of_this_process(memory):
    before = memory.resident_mb()
    held = bytearray(50_000_000)
    assert 40 < memory.resident_mb() - before < 60
    assert len(held) == 50_000_000
