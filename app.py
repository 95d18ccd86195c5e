"""`python app.py` will serve the web app; this version has none yet and says so."""

from __future__ import annotations

import os
import sys

from posture.outputs.words import load_words
from posture.settings import language_of
from posture.types import Reason


def main() -> int:
    """Say that the web app is not there yet, and what to use instead."""
    words = load_words(language_of(os.environ))
    sys.stderr.write(words.sentence(Reason("web_app_not_there")) + "\n")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
