"""A data folder with its server, what was promised of it, and whether that holds."""

from __future__ import annotations

import hashlib
import os
import secrets
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from posture.store.files import CLIP, DATABASE, Files

TOP = Path(__file__).parents[2]
_START_S, _LOOK_S = 90.0, 0.02  # ours; a busy machine takes its time
_BESIDE = {DATABASE, f"{DATABASE}-wal", f"{DATABASE}-shm", "server.json", "server.lock"}
# none of them is written into a database or a log by anybody else
_WORDS = ("Himitsu", "Kakushita", "Naisho")


@dataclass
class Person:
    """A client whose every value is found again wherever it lies."""

    name: str
    note: str
    file_name: str
    height_cm: float

    @classmethod
    def anybody(cls) -> Person:
        """Return somebody new."""
        name, note, file = (f"{word}{secrets.token_hex(6)}" for word in _WORDS)
        height_cm = round(150 + secrets.randbelow(40) + secrets.randbelow(10**6) / 1e6, 6)
        return cls(name=name, note=note, file_name=f"{file}.mp4", height_cm=height_cm)

    @property
    def values(self) -> tuple[str, ...]:
        """What may stand in no log."""
        return self.name, self.note, self.file_name.removesuffix(".mp4"), f"{self.height_cm}"


@dataclass
class Promised:
    """What was answered with success."""

    clients: dict[str, Person] = field(default_factory=dict)  # there, by id
    recordings: dict[str, str] = field(default_factory=dict)  # sha256 of each clip that is there
    of_client: dict[str, str] = field(default_factory=dict)  # whose a recording is
    analysed: set[str] = field(default_factory=set)  # recordings that are analysed in the end
    asked_to_go: set[str] = field(default_factory=set)  # clients whose deletion may have an answer
    gone: list[str] = field(default_factory=list)  # values of those who are nowhere any more
    said: list[str] = field(default_factory=list)  # every value that the server ever got


class House:
    """One data folder and the server over it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "server.log"
        self.clock = folder / "clock"
        self.promised = Promised()
        self.address = ""
        self._server: subprocess.Popen[bytes] | None = None

    @property
    def process(self) -> psutil.Process:
        """The server's process."""
        if self._server is None:
            raise RuntimeError("no server runs")
        return psutil.Process(self._server.pid)

    def start(self) -> None:
        """Start the server and wait until it answers.

        Raises
        ------
        RuntimeError
            It ended, or did not answer in time.
        """
        told = self.folder / "address"
        with told.open("wb") as out, self.log.open("ab") as log:
            server = self._server = subprocess.Popen(  # noqa: S603 - our own server
                [sys.executable, "-m", "tools.faults.server", str(self.data), str(self.clock)],
                stdout=out,
                stderr=log,
                cwd=TOP,
                env={**os.environ, "PYTHONPATH": str(TOP)},
            )
        until_s = time.monotonic() + _START_S
        while time.monotonic() < until_s and server.poll() is None:
            self.address = told.read_text("utf-8").strip()
            with suppress(httpx.HTTPError):
                if self.address and httpx.get(f"{self.address}/api/queue", timeout=5).is_success:
                    return
            time.sleep(_LOOK_S)
        raise RuntimeError(f"it does not start: {self.log.read_text('utf-8')[-300:]}")

    def kill(self) -> None:
        """End the server as a loss of power does, and wait until its children are gone too."""
        server, self._server = self._server, None
        if server is None:
            return
        children: list[psutil.Process] = []
        with suppress(psutil.Error):
            children = psutil.Process(server.pid).children(recursive=True)
        server.kill()
        server.wait()
        psutil.wait_procs(children, timeout=20)

    def move_clock(self, by_s: float) -> None:
        """Have the server's clock wrong by so much from now on."""
        part = self.clock.with_suffix(".part")
        part.write_text(str(by_s), "ascii")
        part.replace(self.clock)

    # what holds -----------------------------------------------------------------------------------

    def faults(self) -> dict[str, list[str]]:
        """Return what does not hold while the server runs, by its kind."""
        return {"lost": self.lost(), "kept": self.kept(), "log": self.logged()}

    def lost(self) -> list[str]:
        """Return what was promised and is not there."""
        lost = []
        with httpx.Client(base_url=self.address, timeout=30) as asking:
            for client_id, person in self.promised.clients.items():
                answer = asking.get(f"/api/clients/{client_id}")
                if answer.status_code != httpx.codes.OK or answer.json()["name"] != person.name:
                    lost.append(f"client {client_id}: {answer.status_code}")
            for recording_id, sha256 in self.promised.recordings.items():
                answer = asking.get(f"/api/recordings/{recording_id}")
                if answer.status_code != httpx.codes.OK:
                    lost.append(f"recording {recording_id}: {answer.status_code}")
                    continue
                clip = Files(self.data).clip(recording_id)
                if not clip.is_file() or sha256_of(clip) != sha256:
                    lost.append(f"clip of {recording_id}")
                state, result = answer.json()["state"], clip.with_name("result")
                if state == "done" and not (result / "analysis.json").is_file():
                    lost.append(f"results of {recording_id}")
                if recording_id in self.promised.analysed and state != "done":
                    lost.append(f"analysis of {recording_id}: {state}")
        return lost

    def kept(self) -> list[str]:
        """Return files that belong to nothing, and what is left of those who were deleted."""
        kept = []
        known = self.rows("recordings")
        for path in self.data.rglob("*"):
            if path.is_dir():
                continue
            within = path.relative_to(self.data).parts
            is_ours = len(within) > 3 and within[0] == "files" and within[2] in known  # noqa: PLR2004
            if is_ours and (within[3] in {CLIP, "result"} or self._is_running(within[2])):
                continue
            if len(within) > 1 or within[0] not in _BESIDE:
                kept.append("/".join(within))
        for path in self.data.rglob("*"):
            if path.is_file():
                with suppress(FileNotFoundError):
                    content = path.read_bytes()
                    kept += [
                        f"{v} in {path.name}" for v in self.promised.gone if v.encode() in content
                    ]
        return kept

    def logged(self) -> list[str]:
        """Return values of people in the log, and whether there is a traceback."""
        told = self.log.read_text("utf-8", "replace")
        found = [value for value in self.promised.said if value in told]
        return [*found, *(["a traceback"] if "Traceback" in told else [])]

    def rows(self, table: str) -> set[str]:
        """Return the ids in a table of the database."""
        return {row[0] for row in self._asked(f"SELECT id FROM {table}")}  # noqa: S608 - ours

    def adopt(self) -> None:
        """Take what became whole although its answer was lost for promised from here on."""
        for client_id in self.promised.asked_to_go - self.rows("clients"):
            self.forget(client_id)
        self.promised.asked_to_go.clear()
        for recording_id, sha256, visit_id in self._asked(
            "SELECT id, sha256, visit_id FROM recordings"
        ):
            if sha256 is not None and recording_id not in self.promised.recordings:
                self.promised.recordings[recording_id] = sha256
                for (client_id,) in self._asked(
                    "SELECT client_id FROM visits WHERE id = ?", visit_id
                ):
                    self.promised.of_client[recording_id] = client_id

    def forget(self, client_id: str) -> None:
        """Take a client's deletion for promised: nothing of theirs may be anywhere."""
        person = self.promised.clients.pop(client_id, None)
        if person is not None:
            self.promised.gone += person.values
        for recording_id, whose in [*self.promised.of_client.items()]:
            if whose == client_id:
                del self.promised.of_client[recording_id]
                self.promised.recordings.pop(recording_id, None)

    def _is_running(self, recording_id: str) -> bool:
        states = self._asked("SELECT state FROM recordings WHERE id = ?", recording_id)
        return states == [("running",)]

    def _asked(self, question: str, *values: str) -> list[tuple[str, ...]]:
        address = f"{(self.data / DATABASE).absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=20)) as database:
            return [tuple(row) for row in database.execute(question, values)]


def sha256_of(path: Path) -> str:
    """Return a file's checksum."""
    return hashlib.sha256(path.read_bytes()).hexdigest()
