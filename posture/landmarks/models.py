"""Pose model bundles: find the right file, and be sure that it is the right file.

The bundles that come with the program lie in the package (an installed copy) or in `models/`
beside it (a checkout); a fetched one lies in the user's data folder. Whatever is found is weighed
against `manifest.toml` before any network reads it.
"""

from __future__ import annotations

import hashlib
import os
import tomllib
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

import platformdirs

from posture.errors import ModelTrouble

_NETWORKS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
_ZIP_START = b"PK\x03\x04"
_HEAD_BYTES = 64  # official bundles pad their start to align the networks, by two bytes in lite
_LIST = "posture models list"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A file that is accepted as a variant."""

    sha256: str
    size_bytes: int
    what: str  # official or repackaged


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsBundle:
    """A bundle that gives the same points as the whole one and no outline, in half the time."""

    file: str
    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """A pose model by its name, and every file that is accepted for it."""

    name: str
    file: str
    source: str  # address it is fetched from
    licence: str
    packaged: bool  # comes with the program
    accepted: tuple[Bundle, ...]  # the usual one first
    points: PointsBundle | None = None

    @property
    def command(self) -> str:
        """What fetches it anew."""
        return f"posture models get {self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where bundles are looked for, in this order."""

    packaged: Path
    checkout: Path
    data: Path  # what is fetched lands here

    @property
    def samples(self) -> tuple[Path, ...]:
        """Where the clips that come with the program lie, beside the bundles."""
        return tuple(folder.parent / "samples" for folder in (self.packaged, self.checkout))

    @property
    def folders(self) -> tuple[Path, ...]:
        """All of them, the first to look in first."""
        return (self.packaged, self.checkout, self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """A bundle that was found and is whole."""

    path: Path
    name: str  # the variant's; the file's own name when it is none of them
    sha256: str
    without_outline: Path | None = None  # gives the same points, faster

    @property
    def points(self) -> Path:
        """The bundle to take where no outline is wanted."""
        return self.without_outline or self.path


def places(environment: Mapping[str, str]) -> Places:
    """Return where bundles lie; `POSTURE_DATA_DIR` replaces the user's data folder."""
    package = Path(__file__).parent.parent
    moved = environment.get("POSTURE_DATA_DIR")
    data = Path(moved).expanduser() if moved else platformdirs.user_data_path("posture")
    return Places(
        packaged=package / "_bundled" / "models",
        checkout=package.parent / "models",
        data=data / "models",
    )


def load_manifest(where: Places) -> tuple[Variant, ...]:
    """Read which bundles there are."""
    files = [folder / "manifest.toml" for folder in (where.packaged, where.checkout)]
    found = next((file for file in files if file.is_file()), None)
    if found is None:
        raise ModelTrouble(
            "model_manifest_missing",
            path=", ".join(map(str, files)),
            command="git checkout -- models/manifest.toml",
        )
    return tuple(
        Variant(
            name=row["name"],
            file=row["file"],
            source=row["source"],
            licence=row["licence"],
            packaged=row["packaged"],
            accepted=tuple(
                Bundle(sha256=one["sha256"], size_bytes=one["size_bytes"], what=one["what"])
                for one in (row, *row.get("also", ()))
            ),
            points=PointsBundle(**row["points"]) if "points" in row else None,
        )
        for row in tomllib.loads(found.read_text("utf-8"))["variant"]
    )


def find_model(wanted: str | Path, where: Places | None = None) -> ModelFile:
    """Return the bundle called `wanted`, or the one at that path, after weighing it.

    A name is looked for in every place and the first whole copy is taken; when none is whole the
    first one's trouble is told. A path may lead to any bundle that holds the two networks.

    Raises
    ------
    ModelTrouble
        Unknown name, missing, truncated, wrong checksum, not a bundle, damaged, unreadable: with
        the path looked at and the command that mends it.
    """
    where = where or places(os.environ)
    manifest = load_manifest(where)
    variant = next((one for one in manifest if one.name == wanted), None)
    if variant is None:
        return _given(wanted, manifest)
    files = [folder / variant.file for folder in where.folders]
    troubles: list[ModelTrouble] = []
    for path in files:
        try:
            found_file = check_variant(path, variant)
            return replace(found_file, without_outline=_points_bundle(variant, where))
        except ModelTrouble as trouble:
            troubles.append(trouble)
    for found in troubles:
        if found.reason.code != "model_missing":
            raise found
    told = ", ".join(map(str, files))
    raise ModelTrouble("model_missing", name=variant.name, path=told, command=variant.command)


def _points_bundle(variant: Variant, where: Places) -> Path | None:
    """Return the bundle of points; None where no whole one lies there, and the other one serves."""
    if variant.points is None:
        return None
    for folder in where.folders:
        path = folder / variant.points.file
        with suppress(ModelTrouble):
            if _weighed(path, variant.command) == (
                variant.points.size_bytes,
                variant.points.sha256,
            ):
                return path
    return None


def check_variant(path: Path, variant: Variant) -> ModelFile:
    """Return the bundle at `path` if it is one that is accepted as `variant`."""
    size, sha256 = _weighed(path, variant.command)
    if size < min(bundle.size_bytes for bundle in variant.accepted):
        raise ModelTrouble(
            "model_truncated", path=str(path), size_bytes=size, command=variant.command
        )
    if sha256 not in {bundle.sha256 for bundle in variant.accepted}:
        raise ModelTrouble(
            "model_wrong_checksum",
            path=str(path),
            expected=variant.accepted[0].sha256,
            found=sha256,
            command=variant.command,
        )
    return ModelFile(path=path, name=variant.name, sha256=sha256)


def _given(wanted: str | Path, manifest: tuple[Variant, ...]) -> ModelFile:
    path = Path(wanted).expanduser()
    is_name = isinstance(wanted, str) and path.name == wanted and path.suffix != ".task"
    try:
        size, sha256 = _weighed(path, _LIST)
    except ModelTrouble as trouble:
        if not is_name or trouble.reason.code != "model_missing":
            raise
        told = {"name": path.name, "path": str(path), "command": _LIST}
        known = ", ".join(variant.name for variant in manifest)
        raise ModelTrouble("model_unknown_name", **told, known=known) from trouble
    if not zipfile.is_zipfile(path):  # it starts like one, but its end is not there
        raise ModelTrouble("model_truncated", path=str(path), size_bytes=size, command=_LIST)
    try:
        with zipfile.ZipFile(path) as bundle:
            inside = {member.filename: member.file_size for member in bundle.infolist()}
            damaged = bundle.testzip()
    except (zipfile.BadZipFile, zlib.error, RuntimeError, EOFError) as trouble:
        raise ModelTrouble("model_damaged", path=str(path), command=_LIST) from trouble
    if not all(inside.get(network) for network in _NETWORKS):
        raise ModelTrouble("model_not_a_task", path=str(path), command=_LIST)
    if damaged:
        raise ModelTrouble("model_damaged", path=str(path), command=_LIST)
    names = {bundle.sha256: variant.name for variant in manifest for bundle in variant.accepted}
    return ModelFile(path=path, name=names.get(sha256, path.name), sha256=sha256)


def _weighed(path: Path, command: str) -> tuple[int, str]:
    """Return the size and the sha256 of a file that begins as a bundle does."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
            file.seek(0)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
    except (FileNotFoundError, NotADirectoryError) as trouble:
        raise ModelTrouble(
            "model_missing", name=path.name, path=str(path), command=command
        ) from trouble
    except OSError as trouble:
        why = trouble.strerror or type(trouble).__name__
        raise ModelTrouble(
            "model_unreadable", path=str(path), why=why, command=command
        ) from trouble
    if head and _ZIP_START not in head:
        raise ModelTrouble("model_not_a_task", path=str(path), command=command)
    return size, sha256
