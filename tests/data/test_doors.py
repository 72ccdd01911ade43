"""The doors that images come in by: what a user has becomes the arrays that it holds."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold, PredefinedSplit

from autonas.data import doors, image_dataset, splits, spool
from autonas.data.disk import DiskArray
from autonas.data.doors.pictures import LONGEST
from autonas.errors import DataError, SettingError


def _digits(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    x, y = load_digits(return_X_y=True)
    return x[:n].reshape(-1, 8, 8).astype(np.uint8), y[:n]


def _batches(x, y, size=16, weight=None):
    for at in range(0, len(x), size):
        yield (x[at : at + size], y[at : at + size], *([] if weight is None else [weight[at : at + size]]))


@pytest.fixture
def little_memory(monkeypatch):
    """Let streams go to disk from the second batch on."""
    monkeypatch.setattr(spool, "IN_MEMORY", 1500)


@pytest.fixture
def folder(tmp_path):
    """Write digits as class folders of PNG files, beside what is to be passed over; return it."""
    x, y = _digits()
    for number, (image, label) in enumerate(zip(x, y, strict=True)):
        place = tmp_path / f"digit {label}"
        place.mkdir(exist_ok=True)
        Image.fromarray(image).save(place / f"{number:03}.png")
    (tmp_path / "notes.txt").write_text("not a class")
    (tmp_path / "digit 0" / "Thumbs.db").write_text("not a picture")
    (tmp_path / "digit 0" / ".hidden.png").write_text("not a picture either")
    return tmp_path


def test_a_generator_gives_what_it_yields():
    x, y = _digits()
    weight = np.linspace(0, 1, len(x))
    entered = doors.enter(_batches(x, y, weight=weight))
    np.testing.assert_array_equal(entered.x, x)
    np.testing.assert_array_equal(entered.y, y)
    np.testing.assert_array_equal(entered.weight, weight)
    assert entered.x.dtype == np.uint8


@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64"])
def test_a_large_stream_is_kept_on_disk_and_nothing_of_it_is_lost(dtype):
    x, y = _digits()
    entered = doors.enter(_batches(x.astype(dtype), y))
    assert isinstance(entered.x, DiskArray)
    assert entered.x.shape == x.shape
    assert entered.x.dtype == ("uint8" if dtype == "uint8" else "float32")
    np.testing.assert_array_equal(entered.x[:], x)
    np.testing.assert_array_equal(entered.x[np.array([40, 3, 41, 3])], x[[40, 3, 41, 3]])
    np.testing.assert_array_equal(entered.x.subset(np.arange(10, 50))[::7], x[10:50:7])
    np.testing.assert_array_equal(np.concatenate(list(entered.x.blocks())), x)
    np.testing.assert_array_equal(entered.x.joined(x[:5])[-7:], np.concatenate([x[-2:], x[:5]]))
    with pytest.raises(TypeError, match="not loaded whole"):
        np.asarray(entered.x)


@pytest.mark.usefixtures("little_memory")
def test_the_file_goes_with_the_last_array_on_it():
    x, y = _digits()
    whole = doors.enter(_batches(x, y)).x
    part, path = whole.subset(np.arange(3)), whole.path
    del whole
    np.testing.assert_array_equal(part[:], x[:3])
    del part
    assert not path.exists()


def test_every_door_makes_the_same_dataset(folder):
    x, y = _digits()
    order = np.argsort(y, kind="stable")  # as the folders sort
    x, names = x[order], np.array([f"digit {label}" for label in y[order]])
    files = sorted(path for path in folder.rglob("*.png") if not path.name.startswith("."))
    ways = {
        "folder": (folder, None),
        "folder's name": (str(folder), None),
        "files": (files, names),
        "names of files": ([str(path) for path in files], list(names)),
        "PIL images": ([Image.fromarray(image) for image in x], names),
        "list of arrays": (list(x), names),
        "generator": (_batches(x, names), None),
        "lists in batches": (([*a], [*b]) for a, b in _batches(x, names)),
    }
    ways["lists in batches"] = (ways["lists in batches"], None)
    wanted = image_dataset(x, names, task="classification", seed=0)
    for way, (given, labels) in ways.items():
        got = image_dataset(given, labels, task="classification", seed=0)
        assert got.schema == wanted.schema, way
        assert got.target.classes_.tolist() == wanted.target.classes_.tolist(), way
        for one, other in ((got.train, wanted.train), (got.validation, wanted.validation)):
            np.testing.assert_array_equal(one.x, other.x, err_msg=way)
            np.testing.assert_array_equal(one.y, other.y, err_msg=way)
        np.testing.assert_array_equal(got.sample, x[:8], err_msg=way)


@pytest.mark.usefixtures("little_memory")
def test_on_disk_the_dataset_is_the_same_too():
    x, y = _digits()
    weight = np.linspace(0.1, 1, len(x))
    wanted = image_dataset(x, y, task="classification", sample_weight=weight, seed=0)
    got = image_dataset(_batches(x, y, weight=weight), task="classification", seed=0)
    assert isinstance(got.train.x, DiskArray)
    assert isinstance(got.validation.x, np.ndarray)
    assert got.schema.mean == pytest.approx(wanted.schema.mean)
    for one, other in ((got.train, wanted.train), (got.validation, wanted.validation)):
        np.testing.assert_array_equal(one.x[:], other.x)
        np.testing.assert_array_equal(one.y, other.y)
        np.testing.assert_array_equal(one.weight, other.weight)
    np.testing.assert_array_equal(got.everything().x[:], wanted.everything().x)


@pytest.mark.usefixtures("little_memory")
def test_of_a_large_stream_no_more_is_held_for_validation_than_fits(monkeypatch):
    monkeypatch.setattr(splits, "VALIDATION_BYTES", 20 * 64)
    x, y = _digits()
    split_off = image_dataset(_batches(x, y), task="classification", validation_split=0.5, seed=0)
    assert len(split_off.validation) == 20
    assert len(split_off.train) == 40  # what does not validate trains
    given = image_dataset(x, y, task="classification", validation_data=_batches(x, y), seed=0)
    assert len(given.validation) == 20
    assert len(np.unique(given.validation.y)) == 10


def test_pictures_of_differing_sizes_come_to_their_median_size():
    sizes = [(10, 20), (12, 30), (14, 40)]
    pictures = [Image.new("RGB", size, (size[0], 0, 0)) for size in sizes]
    x = doors.enter(pictures, [0, 1, 0]).x
    assert x.shape == (3, 30, 12, 3)
    assert x[:, 0, 0, 0].tolist() == [10, 12, 14]
    large = [Image.new("L", (400, 200)), Image.new("1", (300, 100))]
    x = doors.enter(large, [0, 1]).x
    assert x.shape == (2, round(150 * LONGEST / 350), LONGEST)
    same = [Image.new("L", (400, 200))] * 2
    assert doors.enter(same, [0, 1]).x.shape == (2, 200, 400)


def test_colours_transparency_and_depth():
    def form(*modes):
        x = doors.enter([Image.new(mode, (4, 4)) for mode in modes], list(modes)).x
        return x.shape[3:], x.dtype.name

    assert form("L", "1", "LA") == ((), "uint8")
    assert form("L", "RGBA", "P") == ((3,), "uint8")
    assert form("I;16", "F") == ((), "float32")


def test_pictures_to_predict_are_brought_to_what_fit_saw(folder):
    x, y = _digits()
    for given in (x, x[..., None], np.repeat(x[..., None], 3, axis=3), x.astype(np.float32)):
        schema = image_dataset(given, y, task="classification", seed=0).schema
        pictures = [Image.fromarray(x[0]).resize((20, 16)), Image.fromarray(x[1]).convert("RGB")]
        (images,) = doors.arrivals(pictures, schema)
        assert images.shape == (2, *schema.shape)
        assert images.dtype == given.dtype
        (images,) = doors.arrivals(folder, schema)
        assert images.shape == (60, *schema.shape)


def test_streams_to_predict_may_bring_labels_or_not():
    x, y = _digits()
    schema = image_dataset(x, y, task="classification", seed=0).schema
    for stream in (_batches(x, y), (batch for batch, _ in _batches(x, y))):
        np.testing.assert_array_equal(np.concatenate(list(doors.arrivals(stream, schema)))[..., 0], x)


def test_a_picture_that_is_none_is_named(folder):
    (folder / "digit 1" / "broken.png").write_bytes(b"these are no pixels")
    with pytest.raises(DataError, match=r"broken\.png.*Remove"):
        doors.enter(folder)
    whole = (folder / "digit 0" / "000.png").read_bytes()
    (folder / "digit 1" / "broken.png").write_bytes(whole[:-30])  # its header is in order
    with pytest.raises(DataError, match=r"broken\.png.*Remove"):
        doors.enter(folder)


def test_a_users_splitter_splits():
    x, y = _digits()
    fold = np.where(np.arange(60) < 50, -1, 0)
    for splitter, validates in ((PredefinedSplit(fold), np.arange(50, 60)), (KFold(6), np.arange(10))):
        data = image_dataset(x, y, task="classification", validation_split=splitter, seed=0)
        np.testing.assert_array_equal(data.validation.x[..., 0], x[validates])
        assert len(data.train) == 50
    with pytest.raises(SettingError, match=r"able to split 60 samples .*Received: KFold"):
        image_dataset(x, y, task="classification", validation_split=KFold(100), seed=0)
    with pytest.raises(SettingError, match=r"validation_split must be above 0"):
        image_dataset(x, y, task="classification", validation_split="0.2", seed=0)


@pytest.mark.tf
@pytest.mark.parametrize("form", ["batched", "one by one", "all sizes known", "one-hot", "weighted", "size unknown"])
def test_a_tf_dataset_gives_what_it_holds(form):
    import tensorflow as tf

    x, y = _digits(64)
    names = np.array([f"digit {label}" for label in y])
    targets = np.eye(10, dtype=int)[y] if form == "one-hot" else names
    parts = (x, targets, np.ones(64)) if form == "weighted" else (x, targets)
    dataset = tf.data.Dataset.from_tensor_slices(parts)
    if form == "size unknown":
        dataset = dataset.filter(lambda *each: True)
    if form in ("batched", "weighted", "size unknown"):
        dataset = dataset.batch(10)
    if form == "all sizes known":
        dataset = dataset.batch(8, drop_remainder=True)
    entered = doors.enter(dataset)
    np.testing.assert_array_equal(entered.x, x)
    np.testing.assert_array_equal(entered.y, targets)
    assert (entered.weight is not None) == (form == "weighted")


@pytest.mark.tf
def test_a_py_dataset_gives_what_it_holds():
    import keras

    x, y = _digits()

    class Halves(keras.utils.PyDataset):
        def __len__(self):
            return 2

        def __getitem__(self, place):
            return x[30 * place : 30 * place + 30], y[30 * place : 30 * place + 30]

    np.testing.assert_array_equal(doors.enter(Halves()).x, x)


@pytest.mark.tf
@pytest.mark.usefixtures("little_memory")
@pytest.mark.parametrize("memory", ["one block", "many blocks"])
def test_training_batches_from_disk_hold_each_sample_at_most_once_an_epoch(memory, monkeypatch):
    from autonas.data import disk
    from autonas.data.pipelines import training_batches

    if memory == "many blocks":
        monkeypatch.setattr(disk, "BLOCK_BYTES", 5 * 9 * 4)
    n = 203
    number = np.arange(n)
    x = np.broadcast_to(number[:, None, None], (n, 3, 3)).astype(np.float32)
    data = image_dataset(_batches(x, number / 7.0, weight=number + 1.0), task="regression", seed=0)
    size, steps = 20, len(data.train) // 20
    batches = list(training_batches(data.train, size, seed=3).take(2 * steps).as_numpy_iterator())
    whole = data.target.encode(number / 7.0)
    orders = []
    for epoch in range(2):
        images, targets, weights = (
            np.concatenate(a) for a in zip(*batches[epoch * steps : (epoch + 1) * steps], strict=True)
        )
        seen = images[:, 0, 0, 0].astype(int)
        assert len(set(seen)) == len(seen) == steps * size
        np.testing.assert_array_equal(targets, whole[seen])
        np.testing.assert_array_equal(weights, seen + 1)
        orders.append(seen.tolist())
    assert orders[0] != orders[1]
    assert np.abs(np.diff(orders[0])).mean() > n / 10  # they are mixed
    rest = list(training_batches(data.train, size, seed=3, start_step=steps + 2).take(2).as_numpy_iterator())
    for one, other in zip(rest, batches[steps + 2 :], strict=False):
        np.testing.assert_array_equal(one[0], other[0])
