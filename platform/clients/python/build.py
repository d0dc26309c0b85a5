"""Makes the Python client out of the OpenAPI document of this checkout: `build.py FOLDER`.

FOLDER then holds the package `lodge_client`, typed, with the `pyproject.toml` to install it by. The
same document gives the same files, whenever and wherever it is run.
"""

import json
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from openapi_python_client import generate
from openapi_python_client.config import Config, ConfigFile, MetaType

from lodge_platform.api.assembly import registered_apis
from lodge_platform.api.documents import own_apis
from lodge_platform.api.openapi import openapi_document

_HERE = Path(__file__).parent
_PACKAGE = "lodge_client"
# The client speaks JSON: one format for each body, and no bytes of ours that people look at.
_FORMATS = ("application/json", "application/problem+json", "application/octet-stream")


def build(folder: Path) -> None:
    """Write the package and its `pyproject.toml` into `folder`, anew.

    Raises SystemExit naming each operation that the generator could not make.
    """
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with TemporaryDirectory() as made:
        document = Path(made, "openapi.json")
        document.write_text(json.dumps(document_for_clients()), "utf-8")
        settings = ConfigFile(
            package_name_override=_PACKAGE,
            project_name_override="lodge-client",
            literal_enums=True,
            post_hooks=[],
        )
        config = Config.from_sources(
            config_file=settings,
            meta_type=MetaType.NONE,
            document_source=document,
            file_encoding="utf-8",
            overwrite=True,
            output_path=folder / _PACKAGE,
        )
        problems = generate(config=config)
    if problems:
        said = "\n".join(f"{one.header}: {one.detail or ''}" for one in problems)
        raise SystemExit(f"the client lacks something:\n{said}")
    shutil.copy(_HERE / "asking.py", folder / _PACKAGE / "asking.py")
    shutil.copy(_HERE / "client.toml", folder / "pyproject.toml")
    shutil.copy(_HERE / "README.md", folder / "README.md")


def document_for_clients() -> dict[str, Any]:
    """The OpenAPI document of what is registered, without XML and what browsers look at."""
    apis = registered_apis()
    document = openapi_document([*apis, *own_apis(apis)])
    paths = {
        path: {method: _in_json(operation) for method, operation in methods.items()}
        for path, methods in document["paths"].items()
    }
    components = document["components"]
    schemas = {
        name: schema
        for name, schema in components["schemas"].items()
        if not (name.endswith("Xml") and name[:-3] in components["schemas"])
    }
    responses = {code: _of_formats(one) for code, one in components["responses"].items()}
    kept = {**components, "schemas": schemas, "responses": responses}
    return {**document, "paths": paths, "components": kept}


def _in_json(operation: dict[str, Any]) -> dict[str, Any]:
    responses = {status: _of_formats(one) for status, one in operation["responses"].items()}
    found = {**operation, "responses": responses}
    if "requestBody" in operation:
        found["requestBody"] = _of_formats(operation["requestBody"])
    return found


def _of_formats(said: dict[str, Any]) -> dict[str, Any]:
    if "content" not in said:
        return said
    content = {media: said["content"][media] for media in said["content"] if media in _FORMATS}
    return {key: value for key, value in said.items() if key != "content"} | (
        {"content": content} if content else {}
    )


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("usage: build.py FOLDER")
    build(Path(sys.argv[1]))
