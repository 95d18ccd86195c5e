"""The web app: `python app.py` serves it and opens the browser; `app` is the ASGI object."""

from __future__ import annotations

import os

from posture.cli.missing import libraries_told


def __getattr__(name: str) -> object:
    """Make `app` when somebody asks for it: importing this module opens no database."""
    if name == "app":
        from posture.web import create_app  # noqa: PLC0415 - needs libraries that may be missing
        from posture.web.config import config_from  # noqa: PLC0415

        return create_app(config_from(os.environ))
    raise AttributeError(name)


if __name__ == "__main__":
    with libraries_told():
        from posture.cli.serve import serve

        serve()
