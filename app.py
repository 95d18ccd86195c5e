"""The web app: `python app.py` serves it and opens the browser; `app` is the ASGI object."""

from __future__ import annotations

import os

from posture.cli.serve import serve
from posture.web import create_app
from posture.web.config import config_from


def __getattr__(name: str) -> object:
    """Make `app` when somebody asks for it: importing this module opens no database."""
    if name == "app":
        return create_app(config_from(os.environ))
    raise AttributeError(name)


if __name__ == "__main__":
    serve()
