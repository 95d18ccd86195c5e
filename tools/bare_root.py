"""Type the README's two commands in a Debian that has nothing but Python.

    sudo python tools/bare_root.py bookworm --log bare.txt
    sudo python tools/bare_root.py trixie --only 2 --more "-n0 -q tests/test_rooms.py"

makes a root with debootstrap, copies this checkout into it, under a name with a space and Japanese
letters, and runs there what stands under "Start" in README.md, on a terminal, answering each
question. What is printed goes to the log, with the seconds. The mirror is the one this machine's
own apt uses; certificates and proxies that the environment names are handed on. The root is thrown
away unless `--root` names it; one that is named is used again.

Needs Debian or a relative, debootstrap, and root.
"""

from __future__ import annotations

import argparse
import codecs
import io
import os
import pty
import re
import select
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

TOP = Path(__file__).parent.parent
HOME_OF_COPY = Path("root/体の チェック/posture")
# names of files that the environment hands on, and where they lie in the root
_CERTIFICATES = ("SSL_CERT_FILE", "PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
_CERTIFICATES_THERE = Path("etc/posture-certificates.pem")
_HANDED_ON = re.compile(
    r"(?i)^((https?|all|no)_proxy|pip_(index_url|extra_index_url)|uv_.*index.*)$"
)
_QUESTION = re.compile(r"\[Y/n\] $")
_PATIENCE_S = 3600.0
# /proc, /dev/pts and the shared memory, in a mount namespace that ends with the command
_INSIDE = """
root=$1 cache=$2 folder=$3 line=$4
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
if [ -n "$cache" ]; then
  mkdir -p "$root/root/.cache/uv"
  mount --bind "$cache" "$root/root/.cache/uv"
fi
exec chroot "$root" sh -c 'cd -- "$1" && eval "$2"' sh "$folder" "$line"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """How a line ended."""

    line: str
    status: int
    seconds: float
    printed: str


def mirror() -> str:
    """Return the address this machine's apt gets its packages from.

    Raises
    ------
    RuntimeError
        apt names none.
    """
    command = [
        "apt-get",
        "indextargets",
        "--format",
        "$(COMPONENT) $(SITE)",
        "Created-By: Packages",
    ]
    told = subprocess.run(command, capture_output=True, check=True, text=True).stdout  # noqa: S603
    for row in told.splitlines():
        component, _, site = row.partition(" ")
        if component == "main" and "security" not in site:
            return site
    raise RuntimeError("apt on this machine names no mirror with a component `main`")


def commands(readme: Path = TOP / "README.md") -> list[str]:
    """Return the lines that stand in the blocks under "Start" and are typed on Linux."""
    section = readme.read_text("utf-8").partition("\n## Start\n")[2].partition("\n## ")[0]
    blocks = re.findall(r"^```\w*\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if line.startswith("./start ")]


def made(root: Path, suite: str) -> None:
    """Make the root, unless it is there."""
    if (root / "usr/bin/python3").exists():
        return
    command = ["debootstrap", "--variant=minbase", "--include=python3", suite, str(root), mirror()]
    done = subprocess.run(command, capture_output=True, check=False, text=True)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"debootstrap {suite}: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def copied(root: Path) -> None:
    """Put this checkout into the root as somebody would have it who fetched it."""
    target = root / HOME_OF_COPY
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(listing, cwd=TOP, capture_output=True, check=True).stdout  # noqa: S603
    for name in filter(None, listed.decode().split("\0")):
        if (TOP / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, target / name)


def environment(root: Path, here: Mapping[str, str]) -> dict[str, str]:
    """Return a bare environment, with the way out that this machine's has."""
    bare = {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        "COLUMNS": "80",
        "LINES": "24",
    }
    bundle = next((here[name] for name in _CERTIFICATES if Path(here.get(name, "")).is_file()), "")
    if bundle:
        shutil.copyfile(bundle, root / _CERTIFICATES_THERE)
        bare |= dict.fromkeys(_CERTIFICATES, f"/{_CERTIFICATES_THERE}")
    resolver = Path("/etc/resolv.conf")
    if resolver.exists():
        shutil.copyfile(resolver, root / "etc/resolv.conf")
    return bare | {name: value for name, value in here.items() if _HANDED_ON.match(name)}


def type_in(
    root: Path,
    line: str,
    *,
    answer: str = "y",
    uv_cache: Path | None = None,
    tell: Callable[[str], object] = lambda _: None,
) -> Typed:
    """Run one line in the root, on a terminal of its own, and answer its questions."""
    surroundings = environment(root, os.environ)
    command = ["unshare", "--mount", "sh", "-euc", _INSIDE, "sh"]
    command += [str(root), str(uv_cache or ""), f"/{HOME_OF_COPY}", line]
    started = time.monotonic()
    child, terminal = pty.fork()
    if child == 0:
        os.execvpe("unshare", command, surroundings)  # noqa: S606, S607 - the root's own shell
    decode = codecs.getincrementaldecoder("utf-8")("replace").decode
    printed = ""
    while True:
        ready, _, _ = select.select([terminal], [], [], 1.0)
        if time.monotonic() - started > _PATIENCE_S:
            os.kill(child, 9)
        if not ready:
            continue
        try:
            raw = os.read(terminal, 65536)
        except OSError:  # how a terminal says that nobody is left
            raw = b""
        if not raw:
            break
        new = decode(raw).replace("\r\n", "\n")
        printed += new
        tell(new)
        if _QUESTION.search(printed):
            os.write(terminal, f"{answer}\n".encode())
    os.close(terminal)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return Typed(line=line, status=status, seconds=time.monotonic() - started, printed=printed)


def as_left(printed: str) -> str:
    """Return what a terminal shows in the end: without colours, and what was written over."""
    lines = [re.split(r"\r|\x1b\[2K", line)[-1] for line in printed.split("\n")]
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", "\n".join(lines))


def tell(text: str) -> None:
    """Show what is printed as it comes."""
    sys.stdout.write(text)
    sys.stdout.flush()


def main() -> int:
    """Read the command line; the exit status is that of the last line typed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("suite", help="bookworm, trixie, ...")
    parser.add_argument("--root", type=Path, help="folder of the root; kept")
    parser.add_argument("--only", type=int, help="type this one of the README's lines")
    parser.add_argument("--more", default="", help="put this behind what is typed")
    parser.add_argument("--answer", default="y", help="answer to each question")
    parser.add_argument("--uv-cache", type=Path, help="a cache of uv's to use: fetches less")
    parser.add_argument("--log", type=Path, help="write what was printed here too")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="posture-root-") as spare:
        root = asked.root or Path(spare) / asked.suite
        made(root, asked.suite)
        copied(root)
        log = asked.log.open("a", encoding="utf-8") if asked.log else io.StringIO()
        status = 0
        for number, line in enumerate(commands(), start=1):
            if asked.only in (None, number):
                whole = f"{line} {asked.more}".strip()
                typed = type_in(
                    root, whole, answer=asked.answer, uv_cache=asked.uv_cache, tell=tell
                )
                log.write(f"[{asked.suite}] # {whole}\n{as_left(typed.printed)}")
                log.write(f"[{asked.suite}] exit {typed.status} after {typed.seconds:.0f} s\n")
                log.flush()
                status = typed.status
        return status


if __name__ == "__main__":
    raise SystemExit(main())
