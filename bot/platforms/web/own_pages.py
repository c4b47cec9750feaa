"""The owner's own pages, such as a chatux page: files of a folder, served at paths that no route matches."""

import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.errors import ConfigError

# Such pages use inline scripts. They are trusted: the owner wrote them, and they share the chat page's origin.
POLICY = "default-src 'self' 'unsafe-inline' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


class OwnPages(StaticFiles):
    """Serves paths that no route matches. Links that lead out of the folder are not followed."""

    def __init__(self, folder: Path) -> None:
        """Serve the files of ``folder``. Raises ConfigError if it is not a folder."""
        if not folder.is_dir():
            raise ConfigError("[web] pages: there is no folder {path}.", path=folder)
        super().__init__(directory=folder, html=True)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Content-Security-Policy"] = POLICY
        return response
