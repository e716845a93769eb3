"""The commands of the HTTP doors: `serve` opens them, `schema` tells what the API takes."""

from __future__ import annotations

import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import click

from recueil_qa.cli.options import language_option, places, settings_of
from recueil_qa.errors import NotFoundError
from recueil_qa.messages import Text


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8501,
    show_default=True,
    help="Port; 0 lets the system choose.",
)
@click.option("--open", "opening", is_flag=True, help="Open the page in a browser.")
@places
def serve(host: str, port: int, opening: bool, **options: Any) -> None:
    """Serve the page, the API and models' tools until Ctrl+C or SIGTERM.

    One process; the page at /, the API at /api/v1, tools (MCP) at /mcp, help at /aide,
    health at /readyz, figures at /metrics.
    """
    from recueil_qa import maintenance, shared
    from recueil_qa.api import access, server

    settings = settings_of(options)
    way = access.access_of(settings)
    access.check_address(host, way)
    maintenance.current_build(settings)  # an index that was never built is told at once
    own = shared.Shared(settings)
    with server.bind(host, port) as listening:
        shared.offer(own)
        from recueil_qa.api.application import doors
        from recueil_qa.api.headers import LOOPBACK
        from recueil_qa.mcp.door import HttpDoor

        made = doors(own, way)
        at = server.address(listening)
        bound = listening.getsockname()[1]
        tools = HttpDoor(own, at, way.hosts if way else LOOPBACK)
        routes = [*made.routes, *tools.routes]
        page = _page().page(settings.home, host, bound, routes, made.middleware, tools.lifespan)

        def ready() -> None:
            own.begin()  # not before: the page's first byte would wait for the encoder
            told = Text(f"==> {at} (Ctrl+C pour arrêter)", f"==> {at} (Ctrl+C to stop)")
            print(told.to(settings.language), flush=True)
            if opening:
                click.launch(at)

        server.run(page, listening, ready)


@click.command("app")
@click.option(
    "--port",
    type=click.IntRange(0, 65_535),
    default=8501,
    show_default=True,
    help="Port; 0 lets the system choose.",
)
@places
@click.pass_context
def app_command(ctx: click.Context, /, port: int, **options: Any) -> None:
    """Open the page in a browser, from any folder; Ctrl+C ends it."""
    ctx.invoke(serve, host="127.0.0.1", port=port, opening=True, **options)


@click.command("mcp")
@places
def mcp_command(**options: Any) -> None:
    """Offer a language model tools over standard input and output (MCP)."""
    from recueil_qa import maintenance
    from recueil_qa.mcp.tools import make_server
    from recueil_qa.shared import Shared

    settings = settings_of(options)
    maintenance.current_build(settings)
    shared = Shared(settings)
    shared.begin()
    # Standard output is the client's, to the last byte: all that is logged goes elsewhere.
    make_server(shared).run("stdio")


@click.command()
@language_option
def schema(language: str | None) -> None:
    """Print the API's OpenAPI document."""
    from recueil_qa.api.application import create_app
    from recueil_qa.shared import Shared

    app = create_app(Shared(settings_of({"language": language})))
    print(json.dumps(app.openapi(), ensure_ascii=False, indent=2))


def _page() -> Any:
    """Return the module of the page, which stands beside this package in a checkout, or in it.

    Raises:
        NotFoundError: there is none, or its library is not installed.
    """
    from recueil_qa import shipped
    from recueil_qa.settings import find_home

    for home in (Path(__file__).resolve().parents[3], find_home(Path.cwd())):
        script = shipped.page_script(home)
        if (script.parent / "recueil_app").is_dir():
            sys.path.insert(0, str(script.parent))
            break
    try:
        return import_module("recueil_app.serving")
    except ModuleNotFoundError as error:
        raise NotFoundError(
            Text(
                f"la page ne peut être servie : {error.name} manque",
                f"the page can't be served: {error.name} is missing",
            ),
            Text(
                "lancez la commande depuis le dossier du projet ; l'API seule : "
                "uvicorn recueil_qa.api:app",
                "run the command from the project's folder; the API alone: "
                "uvicorn recueil_qa.api:app",
            ),
        ) from error


COMMANDS = (app_command, serve, mcp_command, schema)
