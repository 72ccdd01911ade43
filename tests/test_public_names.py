"""The public names: all there, and not imported before they are used."""

import subprocess
import sys
from pathlib import Path

import pytest

import autonas

ROOT = Path(__file__).resolve().parents[1]


def loaded_after(statement: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after a statement."""
    script = f"import sys\n{statement}\nprint(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_the_probe_sees_what_is_loaded():
    assert "numpy" in loaded_after("import numpy")


def test_importing_autonas_loads_nothing_heavy():
    heavy = {"tensorflow", "keras", "keras_tuner", "sklearn", "scipy", "numpy"}
    assert loaded_after("import autonas").isdisjoint(heavy)


@pytest.mark.parametrize("room", ["arch", "morph", "space", "surrogate", "search"])
def test_a_room_above_the_line_stays_free_of_tensorflow(room):
    assert loaded_after(f"import autonas.{room}").isdisjoint({"tensorflow", "keras", "keras_tuner"})


@pytest.mark.parametrize("process", ["slot_process", "ray_actor"])
def test_a_trials_process_loads_tensorflow_only_where_it_is_told_to(process):
    if process == "ray_actor":
        pytest.importorskip("ray")
    assert loaded_after(f"import autonas.tuner.{process}").isdisjoint({"tensorflow", "keras", "keras_tuner"})


def test_dir_offers_every_public_name_before_its_first_use():
    script = "import autonas; print(*dir(autonas))"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(autonas.__all__) <= set(done.stdout.split())


def test_an_unknown_name_is_an_attribute_error_as_for_any_module():
    with pytest.raises(AttributeError, match="has no attribute 'ImageClasifier'"):
        _ = autonas.ImageClasifier


@pytest.mark.tf
@pytest.mark.parametrize("name", autonas.__all__)
def test_every_public_name_resolves(name):
    assert getattr(autonas, name) is not None
