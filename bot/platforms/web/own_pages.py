"""The owner's own pages, such as a chatux page: files of a folder, at the addresses that nothing else answers."""

import os
from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from bot.errors import ConfigError

# Pages of this kind have scripts within them. They are the owner's, and of the same origin as the chat page.
POLICY = "default-src 'self' 'unsafe-inline' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


class OwnPages(StaticFiles):
    """Answers below the routes. Links that lead out of the folder are not followed."""

    def __init__(self, folder: Path) -> None:
        """Raises ConfigError where ``folder`` is none."""
        if not folder.is_dir():
            raise ConfigError("[web] pages: there is no folder {path}.", path=folder)
        super().__init__(directory=folder, html=True)

    def file_response(
        self, full_path: str | os.PathLike[str], stat_result: os.stat_result, scope: Scope, status_code: int = 200
    ) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers["Content-Security-Policy"] = POLICY
        return response
