"""One analysis in a process of its own: a job in on standard input, JSON lines out.

Started by `posture.web.jobs.child` as `python -m posture.web.jobs.worker`. A line before the job
may say where its recording is still coming in: what can be done until it is whole is done. What a
strange file does to the libraries that read it ends here and not in the server. Each line out is
one object: `stage` with `done` and `of`, `numbers` (analysis.json, before anything is drawn), at
last `result` (a folder), `picture`, or `error` with its code and values.
"""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from posture import machine
from posture.errors import PostureError, UnusableClip
from posture.files import write_text
from posture.findings.answers import usable_answers
from posture.formats.analysis import analysis_json, read_record
from posture.formats.corrections import read_corrections
from posture.formats.places import ANALYSIS, LANDMARKS
from posture.landmarks.early import EarlyWalk
from posture.landmarks.lookout import Lookout, really_there
from posture.landmarks.models import find_model
from posture.landmarks.people import sightings_of
from posture.landmarks.store import load_landmarks
from posture.outputs.figures import figure_of
from posture.outputs.in_step import Moving, Pair
from posture.outputs.logo import scaled_logo
from posture.pipeline import analyse
from posture.results import write_corrected, write_results
from posture.settings import Settings, load_settings
from posture.types import Analysis, Reason, Rgb
from posture.video.probe import Source, probe
from posture.video.source import pictures_at
from posture.web.jobs.job_settings import settings_of
from posture.web.log_filter import where

_SAY_EVERY_S = 0.25  # ours; a page asks twice a second
_PREVIEW_SIDE_PX = 1280  # ours; the width of a page


class Voice:
    """Says one JSON object a line to the server, on an output that nobody else writes to."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._last_s = 0.0
        self._stage = ""
        self._turn = threading.Lock()

    def say(self, told: Mapping[str, object]) -> None:
        """Say it now."""
        with self._turn:
            self._out.write(json.dumps(told, allow_nan=False) + "\n")
            self._out.flush()

    def progress(self, stage: str, done: int, of: int) -> None:
        """Say how far a stage is, now and then; stages run on in threads of their own."""
        now_s = time.monotonic()
        if stage == self._stage and done < of and now_s - self._last_s < _SAY_EVERY_S:
            return
        self._stage, self._last_s = stage, now_s
        self.say({"stage": stage, "done": done, "of": of})


def main() -> int:
    """Do one job; 0 done, 1 told why not."""
    sys.excepthook = _told_nameless
    voice = Voice(_own_output())
    line = sys.stdin.readline()
    if not line:
        return 1
    job: Mapping[str, Any] = json.loads(line)
    machine.step_back(int(job["nice"]))
    machine.hold_to(int(job["memory_bytes"]), int(job["cpu_s"]), partial(_too_much, job, voice))
    early: EarlyWalk | None = None
    if "coming" in job:
        early, job = _early(job)
    threading.Thread(target=_end_with_the_server, daemon=True).start()
    try:
        voice.say(_done(job, voice, early))
    except PostureError as trouble:
        voice.say({"error": {"code": trouble.reason.code, "values": dict(trouble.reason.values)}})
        return 1
    except MemoryError:
        voice.say({"error": {"code": Reason("job_out_of_memory").code, "values": {}}})
        return 1
    return 0


def _early(job: Mapping[str, Any]) -> tuple[EarlyWalk | None, Mapping[str, Any]]:
    """Look at a recording that is coming in until it is whole; return that, and what to do then."""
    with suppress(PostureError):  # the job itself says what is wrong
        settings = _settings(job)
        model = find_model(settings.model)
        early = EarlyWalk(Path(job["coming"]), model, settings.video, settings.landmarks)
        looking = threading.Thread(target=_look_early, args=(early,), daemon=True)
        looking.start()
        job = _next_job()
        early.stop()
        looking.join()
        return early, job
    return None, _next_job()


def _look_early(early: EarlyWalk) -> None:
    try:
        early.go_on()
    except Exception as trouble:  # noqa: BLE001 - what was found stands, and the job meets it again
        sys.stderr.write(where(trouble) + "\n")


def _next_job() -> Mapping[str, Any]:
    line = sys.stdin.readline()
    if not line:
        os._exit(1)  # the server is gone, or the recording is
    job: Mapping[str, Any] = json.loads(line)
    return job


def _done(job: Mapping[str, Any], voice: Voice, early: EarlyWalk | None) -> Mapping[str, object]:
    if "sides" in job:
        return _pair(job)
    if "corrections" in job:
        return _corrected(job)
    if "logo" in job:
        Path(job["out"]).write_bytes(scaled_logo(Path(job["logo"]).read_bytes()))
        return {"made": job["out"]}
    return _preview(job) if "at_s" in job else _analysed(job, voice, early)


def _told_nameless(_: object, trouble: BaseException, __: object) -> None:
    """Say where this ended; it goes into the server's log, where nothing of a person belongs."""
    sys.stderr.write(where(trouble) + "\n")


def _own_output() -> TextIO:
    """Return the standard output for ourselves; what libraries print goes to standard error."""
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return ours


def _too_much(job: Mapping[str, Any], voice: Voice, limit: machine.Limit) -> None:
    """Say what there was too much of, and end: called where the kernel keeps no limits."""
    too_long = Reason("job_too_long", {"minutes": int(job["cpu_s"]) / 60})
    reason = Reason("job_out_of_memory") if limit == "memory" else too_long
    voice.say({"error": {"code": reason.code, "values": dict(reason.values)}})
    os._exit(1)


def _end_with_the_server() -> None:
    """Wait until the server's end of standard input closes, however it ended, and follow it."""
    while sys.stdin.readline():
        pass
    os._exit(1)


def _settings(job: Mapping[str, Any]) -> Settings:
    return settings_of(
        job["settings"],
        base=load_settings(os.environ),
        language=job["language"],
        model=job["model"],
        max_stored_side_px=job["max_side_px"],
    )


def _analysed(
    job: Mapping[str, Any], voice: Voice, early: EarlyWalk | None
) -> Mapping[str, object]:
    settings, clip, out = _settings(job), Path(job["clip"]), Path(job["out"])
    answers = usable_answers(job["answers"])
    with early or nullcontext():  # its models are let go before anything is drawn
        found = analyse(clip, settings, voice.progress, answers, early=early)
    analysis = _named(found, job["name"])
    # somebody waits for the numbers; the film takes as long again as a third of them
    numbers = out / ANALYSIS
    write_text(numbers, analysis_json(analysis))
    voice.say({"numbers": str(numbers)})
    results = write_results(analysis, clip, out, settings, voice.progress)
    return {"result": str(results.folder)}


def _corrected(job: Mapping[str, Any]) -> Mapping[str, object]:
    """Measure a recording again from its points, with what somebody corrected by hand."""
    settings, landmarks, out = _settings(job), Path(job["clip"]), Path(job["out"])
    corrections = read_corrections(job["corrections"])
    answers = usable_answers(job["answers"])
    found = analyse(landmarks, settings, answers=answers, corrections=corrections)
    pictures = landmarks.parent
    write_corrected(_named(found, job["name"]), out, pictures, settings.language)
    return {"result": str(out)}


def _named(analysis: Analysis, name: str) -> Analysis:
    """Return the analysis of a clip called as its owner calls it; on the disk it is clip.bin."""
    clip = replace(analysis.clip, file=name)
    return replace(analysis, clip=clip, landmarks=replace(analysis.landmarks, clip=clip))


def _preview(job: Mapping[str, Any]) -> Mapping[str, object]:
    """Return one picture of a clip, and where people are in it."""
    settings = _settings(job)
    limits = replace(settings.video, max_side_px=_PREVIEW_SIDE_PX, window_s=None)
    source = probe(Path(job["clip"]), limits)
    number, picture = _picture_at(source, float(job["at_s"]))
    height, width = picture.shape[:2]
    told: dict[str, object] = {
        "picture": base64.b64encode(figure_of(picture, "clip").jpeg).decode("ascii"),
        "at_s": float(source.time_s[number]),
        "start_s": float(source.time_s[0]),
        "duration_s": source.clip.duration_s,
        "size_px": [width, height],
    }
    if job["people"]:
        told["people"] = _people(picture, number, settings)
    return told


def _pair(job: Mapping[str, Any]) -> Mapping[str, object]:
    """Write two recordings side by side, as a picture or as a film, to `out`."""
    before, after = (_moving(side) for side in job["sides"])
    names = tuple(str(side["name"]) for side in job["sides"])
    pair = Pair(
        sides=(before, after),
        names=(names[0], names[1]),
        told=tuple(job["told"]),
        blur=bool(job["blur"]),
    )
    out = Path(job["out"])
    if job["film"]:
        pair.film(out)
    else:
        out.write_bytes(figure_of(pair.picture(), "clip").jpeg)
    return {"made": str(out)}


def _moving(side: Mapping[str, Any]) -> Moving:
    folder = Path(side["folder"])
    record = read_record(folder / ANALYSIS)
    landmarks = load_landmarks(folder / LANDMARKS)
    return Moving.of(Path(side["film"]), landmarks, record, is_drawn=bool(side["drawn"]))


def _picture_at(source: Source, at_s: float) -> tuple[int, Rgb]:
    """Return the picture a player shows at a time, or the last one that can be read before it."""
    wanted = max(0, int(np.searchsorted(source.time_s, at_s, side="right")) - 1)
    for number, picture in pictures_at(source, [wanted]):
        return number, picture
    for number, picture in pictures_at(source, [0]):
        return number, picture
    raise UnusableClip("no_preview")


def _people(picture: Rgb, number: int, settings: Settings) -> list[dict[str, float]]:
    """Return the boxes around the people in a picture, from left to right, in shares of it."""
    height, width = picture.shape[:2]
    most = settings.landmarks.max_people
    model = find_model(settings.model).path
    with Lookout(model, most) as lookout:
        seen = really_there(picture, sightings_of(number, 0.0, lookout.find(picture)), model)
    boxes = []
    for sighting in seen:
        left, top = np.nanmin(sighting.pose.xy_px, axis=0)
        right, bottom = np.nanmax(sighting.pose.xy_px, axis=0)
        boxes.append(
            {
                "left": float(left) / width,
                "top": float(top) / height,
                "width": float(right - left) / width,
                "height": float(bottom - top) / height,
            }
        )
    return sorted(boxes, key=lambda box: box["left"])


if __name__ == "__main__":
    raise SystemExit(main())
