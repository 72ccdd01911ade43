"""A folder of class folders: `cats/1.png`, `dogs/7.jpg`. Labels are the folders' names, in their order."""

from pathlib import Path

from autonas.errors import DataError, message

PICTURES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm"}
"""Endings of the files that count as pictures, in any case."""


def class_folders(folder: Path, suffixes: set[str] = PICTURES) -> tuple[list[Path], list[str]]:
    """Return the files in the class folders, sorted, and their labels. Files beside the class folders do not count, nor
    hidden ones, nor those with other endings.

    Raises DataError where there are no class folders, or one that holds no such file.
    """
    _check_folder(folder)
    found = [each for each in _sorted(folder) if each.is_dir()]
    if not found:
        remedy = "Give the folder that holds a folder of files for each class"
        raise DataError(message("x", "a folder of class folders", str(folder), remedy))
    files = {each.name: files_in(each, suffixes) for each in found}
    return [path for each in files.values() for path in each], [name for name, each in files.items() for _ in each]


def files_in(folder: Path, suffixes: set[str] = PICTURES) -> list[Path]:
    """Return all files of these endings in a folder and its folders, sorted. Raises DataError where there is none."""
    _check_folder(folder)
    files = [path for path in sorted(folder.rglob("*")) if path.suffix.lower() in suffixes and _shown(path, folder)]
    if not files:
        endings = ", ".join(sorted(suffixes))
        raise DataError(f"{str(folder)!r} must hold files ({endings}). Received: none. Remove it, or add files.")
    return files


def _check_folder(folder: Path) -> None:
    if not folder.is_dir():
        kind = "a file" if folder.exists() else "nothing"
        raise DataError(
            f"x must be a folder of class folders, or arrays. Received: {str(folder)!r}, which is {kind}. "
            "Give the path of a folder."
        )


def _sorted(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if not path.name.startswith("."))


def _shown(path: Path, below: Path) -> bool:
    return path.is_file() and not any(part.startswith(".") for part in path.relative_to(below).parts)
