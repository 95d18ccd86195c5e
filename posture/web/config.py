"""What the server is told when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs

from posture import machine
from posture.files import explained, write_text

LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLimits:
    """What one analysis may take before it is broken off."""

    memory_bytes: int = 4 << 30  # MediaPipe alone wants 1.5 GiB of address space
    cpu_s: int = 4 * 3600  # ours; an hour of video at 60 frames/s on a slow laptop
    wall_s: float = 4 * 3600.0  # ours; the same
    silent_s: float = 600.0  # ours; no stage goes for so long without a word
    max_side_px: int = 4096  # 4K; one 8192 x 8192 picture takes 770 MB to decode
    nice: int = 10  # ours; a live check on the same cores comes first
    tries: int = 2  # a child that was killed may have been an accident; twice is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """Where the data lies, who may come in, and how much is taken from them."""

    data_dir: Path
    host: str = "127.0.0.1"
    port: int = 8765
    lan: bool = False  # reachable from other machines; then TLS and users are a must
    allowed_hosts: tuple[str, ...] = LOOPBACK  # names this server answers to, without a port
    max_upload_bytes: int = 2 << 30  # 2 GiB: half an hour of a phone's 1080p
    disk_reserve_bytes: int = 1 << 30  # ours; results and the database need room as well
    max_sessions: int = field(default_factory=machine.cores)
    open_browser: bool = True
    model: str = "full"
    secure: bool = False  # served over TLS: cookies say so
    camera: str | None = None  # a camera at the server: a number, a device or an RTSP address
    slow_s: float = 60.0  # ours; a sender that is silent for longer is gone
    warm: bool = False  # have a worker loaded before there is a job
    job: JobLimits = field(default_factory=JobLimits)


_FOR_DEVICES = "for-devices"  # a file of the data directory: its icon opens it for the network


def is_for_devices(data_dir: Path) -> bool:
    """Whether the icon opens the program for tablets and phones too."""
    return (data_dir / _FOR_DEVICES).is_file()


def set_for_devices(data_dir: Path, *, on: bool) -> None:
    """Remember whether the icon opens the program for tablets and phones too.

    Raises
    ------
    CannotWrite
        The data directory cannot be written to.
    """
    path = data_dir / _FOR_DEVICES
    if on:
        write_text(path, "")
        return
    with explained(path):
        path.unlink(missing_ok=True)


def config_from(environment: Mapping[str, str]) -> Config:
    """Return the configuration that the environment asks for."""
    named = environment.get("POSTURE_DATA_DIR")
    return Config(
        data_dir=Path(named) if named else platformdirs.user_data_path("posture"),
    )
