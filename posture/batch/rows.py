"""A row of the table: its columns, what an analysis and a failure put into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from posture.batch.clips import LABELS, Clip, Row, Task
from posture.errors import PostureError
from posture.measures.doubt import doubt_rows
from posture.outputs.words import Language, sentence
from posture.types import Analysis, Finding, Link, Quality, Reason

FIRST = ("file", "sha256", "status", "reason_code", "reason", "settings")
"""What every version of this program began its table with."""

_MADE = ("reason_ja", "overrides", "version", "model")
_CLIP = ("duration_s", "frames")
_FOUND = ("facts", "people", "activities", "near_side", "yaw_deg", "verdict")
_JUDGED = (Link.HAMSTRING, Link.CALF, Link.BACK)
_KEY = ("sha256", "settings", "overrides", "version", "model")
_TEXTS = {*FIRST, *LABELS, *_MADE, "facts", "activities", "near_side", "verdict"}
# Not the clip's fault.
_OUTSIDE = frozenset(
    {
        "worker_died",
        "job_out_of_memory",
        "batch_storage",
        "disk_full",
        "not_writable",
        "cannot_write",
        "open_elsewhere",
        "in_the_way",
    }
    | {"no_such_file", "no_permission", "cannot_read"}  # it was there, as its checksum is known
    | {"library_missing", "package_missing", "package_broken"}
)


def is_outside(code: str) -> bool:
    """Whether a clip failed for something outside of it, so that it is tried again by itself."""
    return code in _OUTSIDE or code.startswith("model_")


@cache
def columns() -> tuple[str, ...]:
    """Return the table's columns: facts, findings, then value, sd and quality of each measure."""
    judged = [f"{link.value}.{what}" for link in _JUDGED for what in ("level", "probability")]
    measured = [
        f"{activity.value}.{name}{part}"
        for activity, name in doubt_rows()
        for part in ("", ".sd", ".quality")
    ]
    return (*FIRST, *_MADE, *LABELS, *_CLIP, *_FOUND, *judged, *measured)


def is_text(column: str) -> bool:
    """Whether a column holds texts; all others hold numbers."""
    return column in _TEXTS or column.endswith((".level", ".quality"))


def reason_column(language: Language) -> str:
    """Return the column that says in a language why a clip could not be measured."""
    return "reason" if language == "en" else f"reason_{language}"


def key_of(row: Row) -> tuple[str, ...]:
    """Return what decides whether a row answers a question: contents, settings, model, version."""
    return tuple(row[name] for name in _KEY)


def asked_of(task: Task, sha256: str) -> tuple[str, ...]:
    """Return the key that the task's row will have where its contents have this checksum."""
    return (sha256, task.mark, task.overrides, task.version, task.model)


def called(row: Row, clip: Clip) -> Row:
    """Return a row under the name and with the labels of a clip."""
    labels = {name: clip.labels.get(name, "") for name in LABELS}
    return {**row, "file": clip.name, **labels}


def failed(task: Task, trouble: PostureError | Reason, sha256: str = "") -> Row:
    """Return the row of a clip that could not be analysed."""
    reason = trouble.reason if isinstance(trouble, PostureError) else trouble
    told = {"status": "failed", "reason_code": reason.code, "reason": sentence(reason, "en")}
    told["reason_ja"] = sentence(reason, "ja")
    return {**_begun(task, sha256), **told}


def measured(task: Task, analysis: Analysis, sha256: str) -> Row:
    """Return the row of a clip that was analysed."""
    row = dict(_begun(task, sha256))
    view = analysis.view
    row |= {
        "status": "ok",
        "duration_s": f"{analysis.clip.duration_s:.3f}",
        "frames": str(analysis.clip.frames),
        "facts": " ".join(dict.fromkeys(fact.kind.value for fact in analysis.facts)),
        "people": str(analysis.person.count_seen),
        "activities": " ".join(dict.fromkeys(s.activity.value for s in analysis.segments)),
        "near_side": view.near_side.value if view.near_side else "unknown",
        "yaw_deg": f"{view.yaw_deg:.1f}",
        "verdict": analysis.assessment.verdict.label.value,
    }
    for link in _JUDGED:
        finding = _strongest([f for f in analysis.assessment.findings if f.link is link])
        if finding is not None:
            row[f"{link.value}.level"] = finding.level.value
            share = finding.probability
            row[f"{link.value}.probability"] = "" if share is None else f"{share:.4f}"
    for measure in analysis.measures:
        name = f"{measure.activity.value}.{measure.name}"
        if row.get(f"{name}.quality") in {"", Quality.MISSING.value}:
            missing = measure.quality is Quality.MISSING
            row[name] = "" if missing else f"{measure.value:.9g}"
            row[f"{name}.sd"] = "" if missing else f"{measure.sd:.6g}"
            row[f"{name}.quality"] = measure.quality.value
    return row


def _begun(task: Task, sha256: str) -> Mapping[str, str]:
    return {
        **dict.fromkeys(columns(), ""),
        "file": task.name,
        "sha256": sha256 or task.sha256,
        "settings": task.mark,
        "overrides": task.overrides,
        "version": task.version,
        "model": task.model,
    }


def _strongest(findings: Sequence[Finding]) -> Finding | None:
    return max(
        findings, key=lambda f: -1.0 if f.probability is None else f.probability, default=None
    )
