"""
The page with the versions, in Airflow's navigation.

Airflow's login decides who sees it and who acts; all else is passed on to `lifecycle serve`, which answers on a socket
of this machine to whoever shows its token. Every process of Airflow reads this file, each task among them, and only the
web server needs what it makes: it imports little, and the rest where it is asked for.
"""

import os
from functools import cache, cached_property
from pathlib import Path
from typing import Any, ClassVar, get_args
from urllib.parse import quote

from airflow.plugins_manager import AirflowPlugin

from airflow import plugins_manager

PREFIX = "/lifecycle"
# `bin/page.mjs` leaves one folder here, which is named after what it was built from.
BUILDS = Path(__file__).resolve().parents[2] / "build" / "web"
# By these names Airflow's page looks for what the bundle has made: for its navigation, for the pages of assets.
COMPONENT, OF_ASSET = "Versions", "All versions"
NOT_BUILT = f"""globalThis[{COMPONENT!r}] = globalThis[{OF_ASSET!r}] = () =>
  globalThis.React.createElement("p", {{ style: {{ padding: 20 }} }},
    "This page has not been built. Run `npm start` in the folder of lifecycle again: it says why.");"""
# A profile or a comparison of a large table takes its time; whoever leaves the page ends the question.
ANSWER_WITHIN_SECONDS, CONNECT_WITHIN_SECONDS = 300, 5
PASSED_ON = ("accept", "content-type", "if-none-match", "range")
PASSED_BACK = (
    "accept-ranges",
    "cache-control",
    "content-disposition",
    "content-length",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
)


def make_app() -> Any:
    """What answers below the prefix."""
    import httpx
    from airflow.api_fastapi.app import get_auth_manager
    from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
    from airflow.api_fastapi.core_api.security import GetUserDep, requires_access_asset
    from airflow.api_fastapi.logging.decorators import action_logging
    from fastapi import Depends, FastAPI, Request
    from fastapi.responses import JSONResponse, Response, StreamingResponse
    from fastapi.staticfiles import StaticFiles
    from starlette.background import BackgroundTask
    from starlette.exceptions import HTTPException

    # Airflow puts no login before the routes of a plugin: each of them asks for it.
    READS = [Depends(requires_access_asset("GET"))]
    CHANGES = [Depends(requires_access_asset("PUT")), Depends(action_logging("lifecycle.change"))]
    REMOVES = [Depends(requires_access_asset("DELETE")), Depends(action_logging("lifecycle.remove"))]

    app = FastAPI(title="lifecycle", docs_url=None, redoc_url=None, openapi_url=None)

    @cache
    def server() -> httpx.AsyncClient:
        """One for all requests: its connections stay open. Made in the loop that uses it."""
        return httpx.AsyncClient(
            transport=httpx.AsyncHTTPTransport(uds=os.environ["LIFECYCLE_SERVE_SOCKET"]),
            base_url="http://lifecycle",
            headers={"authorization": f"Bearer {os.environ['LIFECYCLE_SERVE_TOKEN']}"},
            timeout=httpx.Timeout(ANSWER_WITHIN_SECONDS, connect=CONNECT_WITHIN_SECONDS),
        )

    def refusal(status: int, message: str, hint: str) -> JSONResponse:
        return JSONResponse({"error": {"code": f"HTTP {status}", "message": message, "hint": hint}}, status)

    async def pass_on(request: Request, person: str | None = None) -> Response:
        """Sends the request on, with who asks where that is kept, and hands back the answer as it comes."""
        # As it was sent: an id with a slash in it would become two.
        path = request.scope["raw_path"].partition(f"{PREFIX}/api/".encode())[2]
        url = httpx.URL("http://lifecycle/").copy_with(raw_path=b"/api/" + path + b"?" + request.scope["query_string"])
        headers = {name: request.headers[name] for name in PASSED_ON if name in request.headers}
        if person is not None:
            headers["x-lifecycle-person"] = quote(person, safe="")
        try:
            asked = server().build_request(request.method, url, headers=headers, content=await request.body())
            answer = await server().send(asked, stream=True)
        except KeyError as missing:
            hint = "start Airflow with `lifecycle airflow start`, which starts it as well"
            return refusal(503, f"what answers this page was not started: {missing.args[0]} is not set", hint)
        except httpx.TransportError as error:
            hint = "it is started again by itself; its log is `logs/server/serve.log` in `.airflow`"
            return refusal(503, f"what answers this page does not answer: {type(error).__name__}", hint)
        back = {name: answer.headers[name] for name in PASSED_BACK if name in answer.headers}
        return StreamingResponse(answer.aiter_raw(), answer.status_code, back, background=BackgroundTask(answer.aclose))

    # Not in the loop: an auth manager may ask a database, or a server elsewhere.
    @app.get("/api/session", dependencies=READS)
    def session(user: GetUserDep, dag: str | None = None) -> dict[str, Any]:
        """Who asks, and what they may do; of what is not allowed the page shows no button."""
        manager = get_auth_manager()
        details = None if dag is None else DagDetails(id=dag)
        run = {"method": "POST", "access_entity": DagAccessEntity.RUN, "details": details}
        may = {
            "change": manager.is_authorized_asset(method="PUT", user=user),
            "remove": manager.is_authorized_asset(method="DELETE", user=user),
            "start": manager.is_authorized_dag(**run, user=user),
        }
        return {"person": user.get_name(), "airflow": True, "may": may}

    @app.get("/api/{path:path}", dependencies=READS)
    async def read(request: Request) -> Response:
        return await pass_on(request)

    @app.post("/api/{path:path}", dependencies=CHANGES)
    async def change(request: Request, user: GetUserDep) -> Response:
        return await pass_on(request, user.get_name())

    @app.delete("/api/{path:path}", dependencies=REMOVES)
    async def remove(request: Request) -> Response:
        return await pass_on(request)

    @app.get("/page/{path:path}", dependencies=READS)
    async def page(request: Request, path: str) -> Response:
        """A file of the built page."""
        built = next(BUILDS.glob("[!.]*"), None)
        try:
            if built is None:
                raise HTTPException(404)
            answer = await StaticFiles(directory=built).get_response(path, request.scope)
        except HTTPException:
            if path != "airflow.js":
                raise
            return Response(NOT_BUILT, media_type="text/javascript", headers={"cache-control": "no-store"})
        # The names of assets change with what is in them.
        keeps = "max-age=31536000, immutable" if path.startswith("assets/") else "no-cache"
        answer.headers["cache-control"] = f"private, {keeps}"
        return answer

    return app


def shown_at() -> list[dict[str, str]]:
    # Relative, since an address of Airflow may have a path of its own before it.
    bundle = {"bundle_url": f"{PREFIX[1:]}/page/airflow.js"}
    places = [{**bundle, "name": COMPONENT, "destination": "nav", "url_route": "versions"}]
    # Airflow has tabs of plugins on the pages of assets from 3.4 on, and breaks on what it does not know.
    if "asset" in get_args(getattr(plugins_manager, "BaseDestinationLiteral", None)):
        places.append({**bundle, "name": OF_ASSET, "destination": "asset", "url_route": "asset-versions"})
    return places


class LifecyclePagePlugin(AirflowPlugin):
    name = "lifecycle_page"
    react_apps: ClassVar[list[Any]] = shown_at()

    @cached_property
    def fastapi_apps(self) -> list[Any]:
        return [{"app": make_app(), "url_prefix": PREFIX, "name": "lifecycle"}]
