"""The sheet for the tumour board as a page of HTML: whole in itself, made to be printed on one page of A4."""

from __future__ import annotations

from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from importlib.resources import files

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from service.assessment import Assessment
from service.language import spoken, told
from service.page.board import more, sheet

_FOLDER = files("service.page").joinpath("static")
_STYLE = "\n".join(_FOLDER.joinpath(name).read_text("utf-8") for name in ("pictures.css", "sheet.css"))
#: The style is part of the page, so that a sheet that is kept is whole; nothing else may load or run.
POLICY = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = Environment(loader=PackageLoader("service.page"), autoescape=True)
    made.globals.update(told=told)
    return made


def html(assessment: Assessment) -> str:
    """The sheet in the language of the reader, as a document; as long as the PDF, and shortened as it is."""
    from service.page.pdf import fitted  # noqa: PLC0415  # what writes PDF takes long to load, and is rarely needed

    return (
        _environment()
        .get_template("sheet.html")
        .render(
            sheet=fitted(sheet(assessment)),
            style=Markup(_STYLE),  # noqa: S704  # files of the package
            language=spoken(),
            more=more,
        )
    )
