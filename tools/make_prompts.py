"""Speak the coach's sentences: from words to posture/web/static/sound.

Run after every change of `live_say_...` in posture/outputs/words/{en,ja}.live.toml. It writes every
file anew and removes those without a sentence; the same versions give the same bytes. Needed beside
the project's environment: the Debian packages flite, open-jtalk and open-jtalk-mecab-naist-jdic,
and the voice Mei out of the package pyopenjtalk, in a throw-away environment:

    python -m venv /tmp/mei && /tmp/mei/bin/pip install pyopenjtalk==0.4.1
    .venv/bin/python tools/make_prompts.py --dictionary DIR --mei MEI

MEI is the mei_normal.htsvoice found under /tmp/mei, DIR the folder that `dpkg -L
open-jtalk-mecab-naist-jdic` ends in. The licences of both voices lie beside the files.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d
from scipy.signal import lfilter, resample_poly

HOUSE = Path(__file__).parent.parent / "posture"
SOUND = HOUSE / "web" / "static" / "sound"
PREFIX = "live_say_"

RATE_HZ = 24_000
BIT_RATE = 48_000
# Loud for speech: a gym has music, and a laptop's speaker is small. (Broadcast is at -23, podcasts
# at -16 LUFS.) Ours.
LOUDNESS_LUFS = -16.0
GATE_LUFS, GATE_BELOW_MEAN_LU = -70, 10  # what BS.1770-4 takes for a pause
PEAK = 10 ** (-2.0 / 20)  # of full scale; MP3 overshoots by about 1 dB
# Wireless loudspeakers wake up late and would swallow the first consonant. Ours.
LEAD_S, TAIL_S = 0.10, 0.20
STRETCH = "1.08"  # Flite speaks a little fast for somebody who is moving. Ours.
SILENCE = 10 ** (-40 / 20)  # of the loudest sample: what is cut off at both ends
LIMITER_S = 0.005

# Written for the eye, and how it is to be read aloud.
READ: dict[str, dict[str, str]] = {
    "en": {
        "(about 90 cm)": ", about 90 centimetres",
        "3 m away; ": "3 metres away. ",
        "(e.g. 4.0 km/h)": ", for example, 4 point 0 kilometres per hour",
        "collar-bones": "collar bones",
    },
    "ja": {
        "(床から約90cm)": "",  # the screen shows it; aloud the sentence would be too long
        "約3m": "3メートル",
        "(例 時速4.0キロ)": "。例えば、時速4.0キロ",
        "測定を受ける方": "測定を受けるかた",
        "お連れの方": "お連れのかた",
        "少しずれ": "すこし、ずれ",
        "両脚": "両あし",
        "痛み・しびれ・": "痛み、しびれ、",
    },
}

MANIFEST = """\
# What the live check says aloud: written by tools/make_prompts.py, by nobody else.
# `text` is the sentence in posture/outputs/words/<language>.live.toml.

[[voice]]
name = "slt"
language = "en"
what = "CMU US SLT, a voice of the speech synthesiser Flite 2.2 (Debian: flite)"
copyright = "Copyright (c) 1999-2017 Language Technologies Institute, Carnegie Mellon University"
licence = "BSD-like: free use with the notice kept"
licence_file = "LICENSE-flite.txt"
changed = "levelled in loudness, ends trimmed, MP3"

[[voice]]
name = "mei"
language = "ja"
what = 'HTS voice "Mei" of the MMDAgent Project Team, by Open JTalk 1.11 (Debian: open-jtalk)'
copyright = "Copyright (c) 2009-2013 Nagoya Institute of Technology, Department of Computer Science"
licence = "CC-BY-3.0"
licence_url = "https://creativecommons.org/licenses/by/3.0/"
licence_file = "LICENSE-mei.txt"
changed = "levelled in loudness, ends trimmed, MP3"
"""

Samples = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """The programs that speak, and what the Japanese one reads."""

    flite: str
    open_jtalk: str
    dictionary: Path
    mei: Path

    def speak(self, language: str, text: str, wav: Path) -> None:
        """Say a text into a WAV file."""
        if language == "en":
            command = [self.flite, "-voice", "slt", "--setf", f"duration_stretch={STRETCH}"]
            command += ["-t", text, "-o", str(wav)]
        else:
            command = [self.open_jtalk, "-x", str(self.dictionary), "-m", str(self.mei)]
            command += ["-ow", str(wav)]
        subprocess.run(command, input=text.encode(), check=True)  # noqa: S603 - our own texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One sentence and the file that says it."""

    language: str
    code: str
    text: str
    spoken: str

    @property
    def file(self) -> str:
        """Where it lies, below the folder of sounds."""
        return f"{self.language}/{self.code}.mp3"


def read_prompts(language: str) -> Iterator[Prompt]:
    """Read one language's sentences, in the order of the file."""
    path = HOUSE / "outputs" / "words" / f"{language}.live.toml"
    for key, text in tomllib.loads(path.read_text("utf-8"))["web"].items():
        if key.startswith(PREFIX):
            yield Prompt(
                language=language,
                code=key.removeprefix(PREFIX),
                text=text,
                spoken=aloud(text, READ[language]),
            )


def aloud(text: str, read: Mapping[str, str]) -> str:
    """Put a text as it is to be read."""
    for written, spoken in read.items():
        text = text.replace(written, spoken)
    return text


def load(path: Path) -> Samples:
    """Read a sound file as one channel at RATE_HZ, full scale 1."""
    with av.open(str(path)) as box:
        rate_hz = box.streams.audio[0].rate
        convert = av.AudioResampler(format="dbl", layout="mono", rate=rate_hz)
        frames = [part for frame in box.decode(audio=0) for part in convert.resample(frame)]
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames])
    common = np.gcd(rate_hz, RATE_HZ)
    return np.asarray(resample_poly(samples, RATE_HZ // common, rate_hz // common))


def loudness_lufs(samples: Samples) -> float:
    """Measure the loudness after ITU-R BS.1770-4: weighted for the ear, pauses left out."""
    # the standard's filters are given for 48 kHz
    x = resample_poly(samples, 48_000 // RATE_HZ, 1)
    x = lfilter(
        [1.53512485958697, -2.69169618940638, 1.19839281085285],
        [1, -1.69065929318241, 0.73248077421585],
        x,
    )
    x = lfilter([1, -2, 1], [1, -1.99004745483398, 0.99007225036621], x)
    block, hop = 19_200, 4_800  # 400 ms, a quarter new
    x = np.pad(x, (0, max(0, block - len(x))))
    power = np.array([np.mean(x[i : i + block] ** 2) for i in range(0, len(x) - block + 1, hop)])
    power = power[_lufs(power) > GATE_LUFS]
    heard = _lufs(power) > _lufs(np.mean(power)) - GATE_BELOW_MEAN_LU
    return float(_lufs(np.mean(power[heard])))


def _lufs(power: Samples | np.floating) -> Samples:
    return np.asarray(-0.691 + 10 * np.log10(np.maximum(power, 1e-12)))


def levelled(samples: Samples) -> Samples:
    """Trim the silence at both ends and bring to the common loudness, peaks held under PEAK."""
    heard = np.flatnonzero(np.abs(samples) > SILENCE * np.abs(samples).max())
    speech = samples[heard[0] : heard[-1] + 1]
    for _ in range(3):  # holding the peaks takes some of the loudness away again
        speech = limited(speech * 10 ** ((LOUDNESS_LUFS - loudness_lufs(speech)) / 20))
    return np.pad(speech, (round(LEAD_S * RATE_HZ), round(TAIL_S * RATE_HZ)))


def limited(samples: Samples) -> Samples:
    """Turn the sound down around each peak above PEAK, smoothly and ahead of it."""
    width = round(LIMITER_S * RATE_HZ)
    peaks = maximum_filter1d(np.abs(samples), 2 * width + 1)
    gain = np.minimum(1.0, PEAK / np.maximum(peaks, PEAK))
    return samples * uniform_filter1d(gain, width)


def write_mp3(samples: Samples, path: Path) -> None:
    """Write one channel as MP3, without a date or a program's name in it."""
    whole = np.round(samples * 32767).astype(np.int16)
    options = {"fflags": "+bitexact", "write_id3v1": "0", "id3v2_version": "0"}
    with av.open(str(path), "w", format="mp3", options=options) as box:
        stream = box.add_stream("libmp3lame", rate=RATE_HZ, layout="mono", format="s16p")
        stream.bit_rate = BIT_RATE
        frame = av.AudioFrame.from_ndarray(whole[None], format="s16p", layout="mono")
        frame.sample_rate = RATE_HZ
        box.mux(stream.encode(frame))
        box.mux(stream.encode(None))


def row(prompt: Prompt, duration_s: float) -> str:
    """Write one prompt's entry of the manifest."""
    lines = [
        "",
        "[[prompt]]",
        f'file = "{prompt.file}"',
        f'language = "{prompt.language}"',
        f'code = "{prompt.code}"',
        f'text = "{prompt.text}"',
    ]
    if prompt.spoken != prompt.text:
        lines.append(f'spoken = "{prompt.spoken}"')
    lines += [
        f'voice = "{"slt" if prompt.language == "en" else "mei"}"',
        f"duration_s = {duration_s:.2f}",
        f'sha256 = "{hashlib.sha256((SOUND / prompt.file).read_bytes()).hexdigest()}"',
    ]
    return "\n".join(lines) + "\n"


def told(prompt: Prompt, samples: Samples) -> str:
    """Tell what can be told of a sound without ears."""
    peak = 20 * np.log10(np.abs(samples).max())
    rms = 20 * np.log10(np.sqrt(np.mean(samples**2)))
    return (
        f"{prompt.file:28} {len(samples) / RATE_HZ:5.2f} s  peak {peak:6.1f} dB  "
        f"rms {rms:6.1f} dB  {loudness_lufs(samples):6.1f} LUFS\n"
    )


def main() -> None:
    """Make all prompts of both languages."""
    arguments = argparse.ArgumentParser(description="Speak the coach's sentences.")
    arguments.add_argument("--dictionary", type=Path, required=True, help="Open JTalk's dictionary")
    arguments.add_argument("--mei", type=Path, required=True, help="mei_normal.htsvoice")
    given = arguments.parse_args()
    programs = {name: shutil.which(name) for name in ("flite", "open_jtalk")}
    if missing := [name for name, path in programs.items() if path is None]:
        sys.exit(f"not installed: {', '.join(missing)}")
    tools = Tools(
        flite=str(programs["flite"]),
        open_jtalk=str(programs["open_jtalk"]),
        dictionary=given.dictionary,
        mei=given.mei,
    )
    prompts = [prompt for language in READ for prompt in read_prompts(language)]
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        wav = Path(folder) / "spoken.wav"
        for prompt in prompts:
            (SOUND / prompt.language).mkdir(parents=True, exist_ok=True)
            tools.speak(prompt.language, prompt.spoken, wav)
            write_mp3(levelled(load(wav)), SOUND / prompt.file)
            heard = load(SOUND / prompt.file)
            sys.stdout.write(told(prompt, heard))
            rows.append(row(prompt, len(heard) / RATE_HZ))
    for left_over in set(SOUND.glob("*/*.mp3")) - {SOUND / prompt.file for prompt in prompts}:
        left_over.unlink()
    (SOUND / "manifest.toml").write_text(MANIFEST + "".join(rows), "utf-8")


if __name__ == "__main__":
    main()
