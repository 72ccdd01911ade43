"""The search loop: resuming, interruption, failures, time."""

import dataclasses
import errno
import signal
import subprocess
import sys
import time
from pathlib import Path

import keras_tuner
import pytest

from autonas.errors import DirectoryError, DiskFull, SearchFailed, SettingError
from autonas.morph import Widen
from autonas.runtime.clock import Deadline
from autonas.runtime.evaluator import OutOfMemory
from autonas.runtime.files import read_json, replacing, write_json, write_text
from autonas.search import Proposal
from autonas.space import MorphSpace
from autonas.tuner import SearchOracle, SearchTuner, disk
from autonas.tuner.slots import Report, new_attempt, perform
from tests.tuner.fakes import FakeEvaluator, Ladder, crash, fail, interrupt, network, units_of

pytestmark = pytest.mark.tf
ROOT = Path(__file__).parents[2]


def search(folder, evaluator=None, max_trials=6, seed=3, strategy=None, objective="val_accuracy", **settings):
    """Run a search in `folder` and return its tuner."""
    oracle = SearchOracle(strategy or Ladder(), objective, max_trials=max_trials, seed=seed)
    tuner = SearchTuner(oracle, evaluator or FakeEvaluator(), folder / "searches", "killed", **settings)
    tuner.search()
    return tuner


def tried(tuner):
    """The widths of all trials, in order."""
    return [units_of(tuner.oracle.proposal(trial).architecture) for trial in tuner.oracle.start_order]


def statuses(tuner):
    return [trial.status for trial in tuner.oracle.trials.values()]


def test_it_is_a_keras_tuner(tmp_path):
    tuner = search(tmp_path)
    assert isinstance(tuner, keras_tuner.Tuner)
    assert isinstance(tuner.oracle, keras_tuner.Oracle)
    assert tuner.best_trial().score == max(trial.score for trial in tuner.oracle.trials.values())
    assert tuner.load_model(tuner.best_trial()) == (max(tried(tuner)), "weights")
    assert tuner.get_best_models(2)[0] == tuner.load_model(tuner.best_trial())
    assert tuner.remaining_trials == 0


def test_a_child_is_given_its_parents_folder(tmp_path):
    evaluator = FakeEvaluator()
    tuner = search(tmp_path, evaluator)
    children = [call for call in evaluator.calls if call[1].parent]
    assert children
    for trial_id, proposal, folder, parent_folder, _ in children:
        assert folder == tuner.trial_folder(trial_id)
        assert parent_folder == tuner.trial_folder(proposal.parent)
        assert "widen" in tuner.words(trial_id)
    assert evaluator.calls[0][3] is None


def test_the_result_stands_beside_the_trial(tmp_path):
    tuner = search(tmp_path, max_trials=1)
    result = tuner.result("0000")
    assert result.metrics["val_accuracy"] == pytest.approx(tuner.best_trial().score)
    assert result.seconds == {"gradient_steps": 1.5, "validation": 0.5}
    assert result.curve == (result.metrics,)
    assert tuner.result("0001") is None


def test_what_goes_by_outside_the_evaluator_is_measured(tmp_path, monkeypatch):
    ask = Ladder.ask

    def ask_slowly(self, state, rng):
        time.sleep(0.05)
        return ask(self, state, rng)

    monkeypatch.setattr(Ladder, "ask", ask_slowly)
    tuner = search(tmp_path, max_trials=2)
    assert tuner.seconds["proposing"] >= 0.1
    assert tuner.seconds["recording"] > 0


def test_the_same_seed_searches_the_same(tmp_path):
    first, second, other = (search(tmp_path / str(i), seed=seed) for i, seed in enumerate((0, 0, 1)))
    assert tried(first) == tried(second)
    assert tried(first) != tried(other)
    assert first.oracle.seed == 0


def test_nothing_is_printed(tmp_path, capsys):
    search(tmp_path, FakeEvaluator(at_0001=crash))
    search(tmp_path, max_trials=8)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("victim", ["0000", "0003"])
def test_a_killed_search_loses_and_repeats_no_finished_trial(tmp_path, victim):
    command = [sys.executable, "-m", "tests.tuner.killed_search", str(tmp_path), victim]
    child = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        for _ in range(1800):  # importing TensorFlow takes a while on a busy machine
            if (tmp_path / "in_trial").exists() or child.poll() is not None:
                break
            time.sleep(0.1)
        assert (tmp_path / "in_trial").exists()
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    tuner = search(tmp_path, FakeEvaluator(tmp_path / "log"))
    unbroken = search(tmp_path / "unbroken", FakeEvaluator(tmp_path / "unbroken.log"))
    assert (tmp_path / "log").read_text() == (tmp_path / "unbroken.log").read_text()
    assert tuner.oracle._state == unbroken.oracle._state
    assert statuses(tuner) == ["COMPLETED"] * 6


def test_a_kill_between_the_result_and_its_record_repeats_nothing(tmp_path):
    log = tmp_path / "log"
    oracle = SearchOracle(Ladder(), "val_accuracy", 3, seed=3)
    tuner = SearchTuner(oracle, FakeEvaluator(log), tmp_path / "searches", "killed")
    tuner.run_trial(tuner.oracle.create_trial("tuner0"))  # and the process is gone before end_trial
    search(tmp_path, FakeEvaluator(log), max_trials=3)
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["0000", "0001", "0002"]


def test_a_kill_between_the_trials_file_and_the_oracles_is_made_up_for(tmp_path):
    before = search(tmp_path, max_trials=3)
    journal = before._folder / "oracle.json"
    late = read_json(journal)
    for events in (late["events"][:-1], late["events"][:-2]):
        write_json(journal, {**late, "events": events})
        evaluator = FakeEvaluator()
        after = search(tmp_path, evaluator, max_trials=3)
        assert evaluator.calls == []
        assert after.oracle._state == before.oracle._state


def test_ctrl_c_ends_the_search_and_the_trial_is_run_again(tmp_path):
    evaluator = FakeEvaluator(at_0002=interrupt)
    tuner = search(tmp_path, evaluator)
    assert tuner.interrupted
    assert statuses(tuner) == ["COMPLETED", "COMPLETED", "INVALID"]
    assert tuner.best_trial().status == "COMPLETED"
    evaluator.events.clear()
    tuner.search()
    assert not tuner.interrupted
    assert [call[0] for call in evaluator.calls] == ["0000", "0001", "0002", "0002", "0003", "0004", "0005"]
    assert tried(tuner) == tried(search(tmp_path / "unbroken"))


@pytest.mark.parametrize("method", ["create_trial", "end_trial"])
def test_ctrl_c_inside_the_oracle_leaves_a_search_that_goes_on(tmp_path, method, monkeypatch):
    oracle = SearchOracle(Ladder(), "val_accuracy", 4, seed=3)
    tuner = SearchTuner(oracle, FakeEvaluator(), tmp_path / "searches", "killed")
    tell, told = Ladder.tell, []

    def tell_until_interrupted(self, state, observation):
        told.append(observation)
        if len(told) == (5 if method == "create_trial" else 6):
            raise KeyboardInterrupt
        return tell(self, state, observation)

    with monkeypatch.context() as patch:
        patch.setattr(Ladder, "tell", tell_until_interrupted)
        tuner.search()
    assert tuner.interrupted
    tuner.search()
    unbroken = search(tmp_path / "unbroken", max_trials=4)
    assert oracle._state == unbroken.oracle._state
    assert statuses(tuner) == ["COMPLETED"] * 4


def test_a_failed_trial_is_marked_and_the_search_goes_on(tmp_path):
    evaluator = FakeEvaluator(at_0001=fail, at_0002=crash, at_0003=fail, at_0004=fail)
    tuner = search(tmp_path, evaluator)
    assert statuses(tuner) == ["COMPLETED", "FAILED", "FAILED", "FAILED", "FAILED", "COMPLETED"]
    assert "the loss was not finite" in tuner.oracle.trials["0001"].message
    assert "Traceback" in tuner.oracle.trials["0002"].message
    assert len(tuner.oracle.get_best_trials(6)) == 2
    told = [seen.status for seen in tuner.oracle._state.observations]
    assert told[:4] == ["pending", "completed", "pending", "failed"]
    again = search(tmp_path)
    assert again.oracle._state == tuner.oracle._state
    assert again.oracle.trials["0002"].message == tuner.oracle.trials["0002"].message


def test_if_every_trial_failed_the_first_traceback_is_raised(tmp_path):
    evaluator = FakeEvaluator(at_0000=crash, at_0001=fail)
    with pytest.raises(SearchFailed, match=r"(?s)2 failed trials.*trial 0000.*Traceback.*a shape \[2, 3\]"):
        search(tmp_path, evaluator, max_trials=2)


def test_a_search_without_any_success_gives_up(tmp_path):
    evaluator = FakeEvaluator(**{f"at_{number:04d}": fail for number in range(50)})
    with pytest.raises(SearchFailed, match="10 failed trials"):
        search(tmp_path, evaluator, max_trials=None)


def test_an_objective_that_no_trial_reports_ends_the_search_at_once(tmp_path):
    evaluator = FakeEvaluator()
    with pytest.raises(SettingError, match=r"objective must be one of \['val_accuracy', 'val_loss'\]"):
        search(tmp_path, evaluator, objective=keras_tuner.Objective("val_f1", "max"))
    assert len(evaluator.calls) == 1


def test_raising_max_trials_adds_to_a_search(tmp_path):
    search(tmp_path, max_trials=2)
    evaluator = FakeEvaluator()
    tuner = search(tmp_path, evaluator, max_trials=6)
    assert [call[0] for call in evaluator.calls] == ["0002", "0003", "0004", "0005"]
    assert tried(tuner) == tried(search(tmp_path / "unbroken"))
    tuner.oracle.max_trials = 7
    tuner.search()
    assert len(tuner.oracle.trials) == 7


def test_a_trial_whose_older_file_was_put_back_is_run_again(tmp_path):
    tuner = search(tmp_path, max_trials=3)
    path = tuner.trial_folder("0001") / "trial.json"
    write_json(path, {**read_json(path), "status": "RUNNING"})
    (tuner.trial_folder("0001") / "result.json").unlink()
    evaluator = FakeEvaluator()
    after = search(tmp_path, evaluator, max_trials=3)
    assert [call[0] for call in evaluator.calls] == ["0001"]
    assert statuses(after) == ["COMPLETED"] * 3


def test_an_exhausted_space_ends_the_search(tmp_path):
    assert len(search(tmp_path, max_trials=None, strategy=Ladder(rungs=4)).oracle.trials) == 4


class FakeClock:
    """Time passes when it is told to."""

    now = 0.0

    def __call__(self):
        return self.now

    def advance(self, seconds):
        self.now += seconds


def test_no_trial_begins_after_the_deadline(tmp_path):
    clock = FakeClock()
    evaluator = FakeEvaluator(**{f"at_{number:04d}": lambda: clock.advance(30_000) for number in range(9)})
    tuner = search(tmp_path, evaluator, max_trials=None, deadline=Deadline(clock, 86_400))
    assert [call[4] for call in evaluator.calls] == [86_400, 56_400, 26_400]
    tuner.deadline = Deadline(clock, 1)
    tuner.search()
    assert len(tuner.oracle.trials) == 4


def test_the_deadline_passes_over_failures_alone(tmp_path):
    clock = FakeClock()
    with pytest.raises(SearchFailed, match="1 failed trials"):
        search(tmp_path, FakeEvaluator(at_0000=lambda: (clock.advance(60), fail())), deadline=Deadline(clock, 30))


def test_a_proposal_that_took_the_time_that_was_left_waits_for_the_next_search(tmp_path, monkeypatch):
    clock, ask = FakeClock(), Ladder.ask

    def ask_slowly(self, state, rng):
        clock.advance(60)
        return ask(self, state, rng)

    monkeypatch.setattr(Ladder, "ask", ask_slowly)
    evaluator = FakeEvaluator()
    tuner = search(tmp_path, evaluator, deadline=Deadline(clock, 90))
    assert [call[0] for call in evaluator.calls] == ["0000"]
    assert statuses(tuner) == ["COMPLETED", "INVALID"]
    tuner.deadline = None
    tuner.search()
    assert statuses(tuner) == ["COMPLETED"] * 6


def test_another_searchs_directory_is_refused(tmp_path):
    search(tmp_path, fingerprint={"task": "classification", "shape": (28, 28)})
    search(tmp_path, fingerprint={"task": "classification", "shape": (28, 28)})
    with pytest.raises(DirectoryError, match=r"task='regression'.*task='classification'.*overwrite=True"):
        search(tmp_path, fingerprint={"task": "regression", "shape": (28, 28)})
    with pytest.raises(DirectoryError, match="objective must be"):
        search(tmp_path, objective="val_loss", fingerprint={"task": "classification", "shape": (28, 28)})


def test_overwrite_removes_this_search_and_nothing_else(tmp_path):
    search(tmp_path, fingerprint={"task": "classification"})
    beside = tmp_path / "searches" / "mine.txt"
    beside.write_text("kept")
    evaluator = FakeEvaluator()
    search(tmp_path, evaluator, max_trials=2, overwrite=True, fingerprint={"task": "regression"})
    assert len(evaluator.calls) == 2
    assert sorted(path.name for path in (tmp_path / "searches").iterdir()) == ["killed", "mine.txt"]
    assert sorted(path.name for path in (tmp_path / "searches" / "killed").glob("trial_*")) == [
        "trial_0000",
        "trial_0001",
    ]


def test_a_folder_that_no_search_made_is_never_touched(tmp_path):
    (tmp_path / "searches" / "killed").mkdir(parents=True)
    (tmp_path / "searches" / "killed" / "thesis.tex").write_text("kept")
    for overwrite in (False, True):
        with pytest.raises(DirectoryError, match="holds other files"):
            search(tmp_path, overwrite=overwrite)
    assert (tmp_path / "searches" / "killed" / "thesis.tex").read_text() == "kept"


DAMAGE = pytest.mark.parametrize("text", ["", '{"vers', "[]", None])


def damage(path, text):
    path.unlink() if text is None else path.write_text(text)


@DAMAGE
def test_without_its_fingerprint_a_search_is_nobodys(tmp_path, text):
    search(tmp_path, max_trials=2)
    damage(tmp_path / "searches" / "killed" / "search.json", text)
    with pytest.raises(DirectoryError, match="killed"):
        search(tmp_path, max_trials=2)


@DAMAGE
def test_a_damaged_trial_is_set_aside_and_the_search_goes_on_without_it(tmp_path, text):
    first = search(tmp_path, max_trials=3)
    damage(first.trial_folder("0001") / "trial.json", text)
    with pytest.warns(UserWarning, match=r"(?s)trial_0001/trial\.json must be a readable file.*without this trial"):
        again = search(tmp_path, max_trials=4)
    assert list(again.oracle.trials) == ["0000", "0002", "0003", "0004"]
    assert len({units_of(again.oracle.proposal(name).architecture) for name in again.oracle.trials}) == 4
    assert all(again.words(name) for name in again.oracle.trials)


@DAMAGE
def test_a_damaged_journal_is_set_aside_and_its_trials_stay(tmp_path, text):
    first = search(tmp_path, max_trials=3)
    damage(first._folder / "oracle.json", text)
    with pytest.warns(UserWarning, match=r"oracle\.json must be a readable file"):
        again = search(tmp_path, max_trials=3)
    assert {name: trial.score for name, trial in again.oracle.trials.items()} == {
        name: trial.score for name, trial in first.oracle.trials.items()
    }
    assert again.oracle._state == first.oracle._state


def test_a_damaged_result_is_set_aside(tmp_path):
    tuner = search(tmp_path, max_trials=1)
    (tuner.trial_folder("0000") / "result.json").write_text('{"metrics": {}}')
    with pytest.warns(UserWarning, match=r"result\.json .*set aside as result\.json\.damaged-0"):
        assert tuner.result("0000") is None
    assert tuner.result("0000") is None


def test_what_a_hand_has_changed_is_noticed(tmp_path):
    tuner = search(tmp_path, max_trials=1)
    path = tuner.trial_folder("0000") / "trial.json"
    path.write_text(path.read_text().replace('"COMPLETED"', '"RUNNING"'))
    with pytest.warns(UserWarning, match="its checksum is"):
        search(tmp_path, max_trials=1)


def test_a_full_disk_ends_the_search_with_the_best_so_far(tmp_path, monkeypatch):
    def full(*args, **settings):
        raise OSError(errno.ENOSPC, "No space left on device")

    def write(path, text):
        if "trial_0002" in str(path) and '"COMPLETED"' in text:
            with replacing(path):
                full()
        write_text(path, text)

    monkeypatch.setattr("autonas.runtime.files.write_text", write)
    with pytest.warns(UserWarning, match=r"must have room for .*No space left.*ends with the best network so far"):
        tuner = search(tmp_path)
    assert tuner.interrupted
    assert tuner.best_trial() is not None
    monkeypatch.undo()
    evaluator = FakeEvaluator()
    again = search(tmp_path, evaluator)
    assert statuses(again) == ["COMPLETED"] * 6
    assert "0002" not in [call[0] for call in evaluator.calls]  # it was finished, and no finished trial is run twice


def test_what_does_not_fit_in_memory_bounds_the_size_of_what_is_tried(tmp_path):
    @dataclasses.dataclass(frozen=True)
    class Sized(Ladder):
        space: MorphSpace = dataclasses.field(default_factory=lambda: MorphSpace((network(4),)))

    sizes = {}

    class TooLarge(FakeEvaluator):
        def evaluate(self, proposal, **task):
            sizes[task["trial_id"]] = proposal.architecture.parameters
            if units_of(proposal.architecture) > 8:
                raise OutOfMemory("The network must fit in memory.")
            return super().evaluate(proposal, **task)

    tuner = search(tmp_path, TooLarge(), strategy=Sized())
    failed = [sizes[name] for name, trial in tuner.oracle.trials.items() if trial.status == "FAILED"]
    assert failed
    assert tuner.oracle.strategy.space.max_parameters == min(failed) - 1
    assert search(tmp_path, strategy=Sized()).oracle.strategy == tuner.oracle.strategy
    assert tuner.oracle.trials


class Losing:
    """Two slots that end their trials together; whatever runs `lost` dies."""

    size = 2

    def __init__(self, lost="0001"):
        self.lost, self.running, self.begun = lost, {}, []

    def open(self, evaluator, watch):
        self.evaluator = evaluator

    def free(self):
        return next((slot for slot in range(self.size) if slot not in self.running), None)

    def folder(self, trial_folder):
        return new_attempt(trial_folder)

    def begin(self, slot, task):
        assert slot not in self.running
        self.begun.append(task.trial_id)
        self.running[slot] = task

    def wait(self, seconds):
        tasks, self.running = self.running.values(), {}
        return [self._report(task) for task in tasks]

    def _report(self, task):
        if task.trial_id == self.lost:
            return Report(task.trial_id, task.attempt, "lost", "it died")
        assert perform(self.evaluator, task, lambda progress: None) is None
        return Report(task.trial_id, task.attempt, "done")

    def close(self):
        self.running = {}


def test_a_trial_that_kills_its_slot_is_tried_twice_though_another_slot_is_free(tmp_path):
    slots = Losing()
    tuner = search(tmp_path, slots=slots)
    assert [slots.begun.count(name) for name in tuner.oracle.trials] == [1, 2, 1, 1, 1, 1]
    assert statuses(tuner) == ["COMPLETED", "FAILED", *["COMPLETED"] * 4]


def test_slots_that_no_longer_start_end_a_search_with_what_it_has_found(tmp_path):
    class Worn(Losing):
        def begin(self, slot, task):
            if len(self.begun) == 3:
                raise SearchFailed("A slot must start. Received: three that did not. Look at the memory.")
            super().begin(slot, task)

    with pytest.warns(UserWarning, match="A slot must start.* ends with the best network so far"):
        tuner = search(tmp_path, slots=Worn(lost=None))
    assert tuner.best_trial() is not None
    assert len(search(tmp_path).oracle.get_best_trials(9)) == 6


def test_a_trial_for_which_there_is_no_room_on_disk_is_none(tmp_path, monkeypatch):
    tuner = search(tmp_path, max_trials=2)

    def full(*args):
        raise DiskFull("The disk must have room. Received: a full one. Make room.")

    monkeypatch.setattr("autonas.tuner.store.write_trial", full)
    with pytest.warns(UserWarning, match="The disk must have room"):
        tuner = search(tmp_path, max_trials=4)
    assert [tuner.words(name) for name in tuner.oracle.trials]  # all that are known can be told of
    assert statuses(tuner) == ["COMPLETED"] * 2


class Heavy(FakeEvaluator):
    """Leaves 100 kB a trial."""

    def evaluate(self, proposal, **task):
        (task["folder"] / "ballast").write_bytes(bytes(100_000))
        return super().evaluate(proposal, **task)


def test_the_checkpoints_that_are_needed_least_go_where_disk_is_short(tmp_path):
    most = 2.0
    tuner = search(tmp_path, Heavy(), max_trials=40, max_disk_mb=most)
    folders = {name: tuner.trial_folder(name) for name in tuner.oracle.trials}
    assert sum(map(disk.size, folders.values())) <= most * 1e6
    kept = {name for name, folder in folders.items() if (folder / "ballast").exists()}
    assert 0 < len(kept) < 20
    assert {trial.trial_id for trial in tuner.oracle.get_best_trials(12)} <= kept
    assert {name for name, folder in folders.items() if disk.is_pruned(folder)} == folders.keys() - kept
    assert statuses(tuner) == ["COMPLETED"] * 40
    again = search(tmp_path, max_trials=40, max_disk_mb=most)
    assert again.oracle._state == tuner.oracle._state


class Star(Ladder):
    """Proposes children of its first network, which is the worst of all."""

    def ask(self, state, rng):
        if not state.observations:
            return Proposal(network(4))
        first, edit = state.observations[0], Widen("hidden", 4 + len(state.observations))
        return Proposal(edit.apply(first.proposal.architecture), first.trial_id, (edit,))


def test_what_all_children_start_from_is_needed(tmp_path):
    evaluator = Heavy()
    tuner = search(tmp_path, evaluator, max_trials=30, max_disk_mb=2.2, strategy=Star())
    first = tuner.trial_folder("0000")
    assert any(disk.is_pruned(tuner.trial_folder(name)) for name in tuner.oracle.trials)
    assert not disk.is_pruned(first)
    assert {parent_folder for _, _, _, parent_folder, _ in evaluator.calls[1:]} == {first}


def test_no_child_of_a_trial_without_checkpoint_inherits(tmp_path):
    evaluator = Heavy()
    tuner = search(tmp_path, evaluator, max_trials=30, max_disk_mb=0.5)
    assert len(evaluator.calls) == 30
    for _, _, _, parent_folder, _ in evaluator.calls:
        assert parent_folder is None or (parent_folder / "trial.json").exists()
    pruned = {folder for name in tuner.oracle.trials if disk.is_pruned(folder := tuner.trial_folder(name))}
    last = evaluator.calls[-1]
    assert pruned
    assert last[3] not in pruned
