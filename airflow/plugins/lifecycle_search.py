"""
Lets the search fields of Airflow's pages find a word wherever it stands in a name.

They look for names that begin with what was typed, in its case, since that is quick among a hundred thousand names.
Among some hundred whose names begin alike (`ingest/dcp_…`) it finds nothing. Airflow can search as people expect, by
the parameter beside the one that its pages send; programs get what they asked for.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from airflow.plugins_manager import AirflowPlugin

SEARCHES = re.compile(r"/(ui/dags|api/v2/(dags|dagTags|assets))$")
BEGINNING = re.compile(rb"(^|&)((?:dag_display_name|tag_name|name))_prefix_pattern=")


class SearchAnywhere:
    """ASGI middleware. Only pages say where a request comes from."""

    def __init__(self, app: Any) -> None:
        self.app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if (
            scope["type"] == "http"
            and scope["method"] == "GET"
            and SEARCHES.search(scope["path"])
            and any(name == b"referer" for name, _value in scope["headers"])
        ):
            scope = {**scope, "query_string": BEGINNING.sub(rb"\1\2_pattern=", scope["query_string"])}
        await self.app(scope, receive, send)


class LifecycleSearchPlugin(AirflowPlugin):
    name = "lifecycle_search"
    fastapi_root_middlewares: ClassVar = [{"name": "lifecycle: search anywhere", "middleware": SearchAnywhere}]
