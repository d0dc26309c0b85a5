"""Workbooks written by hand, part by part, as the standards say: no library of ours reads them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape

_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" '
    'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'spreadsheetml.sheet.main+xml"/></Types>'
)
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_STYLES = (
    f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="164" '
    'formatCode="[h]:mm:ss"/></numFmts><fonts count="1"><font/></fonts><fills count="1"><fill/>'
    '</fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="5"><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="22"/>'
    '<xf numFmtId="21"/><xf numFmtId="164"/></cellXfs></styleSheet>'
)
GENERAL, DATE, INSTANT, TIME, DURATION = range(5)
"""Styles of cells: numbers in `_STYLES`."""


class Cell(str):
    """A cell as XML, such as <v>46027</v>, with the attributes before it."""


def number(value: float, style: int = GENERAL) -> Cell:
    """A number, or what a style makes of it: days since 1899-12-30."""
    return Cell(f' s="{style}"><v>{value}</v>')


def truth(value: bool) -> Cell:
    """TRUE or FALSE."""
    return Cell(f' t="b"><v>{int(value)}</v>')


def fault(code: str) -> Cell:
    """An error such as #N/A."""
    return Cell(f' t="e"><v>{code}</v>')


def xlsx(
    sheets: Mapping[str, Sequence[Sequence[str | Cell | None]]],
    *,
    merged: Sequence[str] = (),
    first_row: int = 1,
) -> bytes:
    """A workbook; a str is a text, None no cell. `merged` ranges are of every sheet."""
    relations = [
        (f"rId{at}", "worksheet", f"worksheets/sheet{at}.xml") for at in range(1, len(sheets) + 1)
    ]
    named = "".join(
        f'<sheet name="{escape(name)}" sheetId="{at}" r:id="rId{at}"/>'
        for at, name in enumerate(sheets, 1)
    )
    parts = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _links([("rId1", "officeDocument", "xl/workbook.xml")]),
        "xl/_rels/workbook.xml.rels": _links([*relations, ("rIdS", "styles", "styles.xml")]),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">'
        f"<sheets>{named}</sheets></workbook>",
        "xl/styles.xml": _STYLES,
    }
    for at, rows in enumerate(sheets.values(), 1):
        parts[f"xl/worksheets/sheet{at}.xml"] = _sheet(rows, merged, first_row)
    return packed(parts)


def ods(table: str) -> bytes:
    """An OpenDocument workbook with the rows of `table`, XML, in a sheet named Prices."""
    spaces = " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    return packed(
        {
            "mimetype": "application/vnd.oasis.opendocument.spreadsheet",
            "META-INF/manifest.xml": '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:'
            'opendocument:xmlns:manifest:1.0" manifest:version="1.2"><manifest:file-entry '
            'manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.'
            'spreadsheet"/></manifest:manifest>',
            "content.xml": f"<office:document-content {spaces}><office:body><office:spreadsheet>"
            f'<table:table table:name="Prices">{table}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        }
    )


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of the parts."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            # The same bytes whenever they are made.
            archive.writestr(zipfile.ZipInfo(name, (2026, 1, 5, 9, 0, 0)), content)
    return kept.getvalue()


def _links(relations: Sequence[tuple[str, str, str]]) -> str:
    said = "".join(
        f'<Relationship Id="{key}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for key, kind, target in relations
    )
    return f'<Relationships xmlns="{_RELATIONS}">{said}</Relationships>'


def _sheet(
    rows: Sequence[Sequence[str | Cell | None]], merged: Sequence[str], first_row: int
) -> str:
    said = "".join(
        f'<row r="{at}">{"".join(_cell(cell, at, column) for column, cell in enumerate(row))}</row>'
        for at, row in enumerate(rows, first_row)
    )
    ranges = "".join(f'<mergeCell ref="{each}"/>' for each in merged)
    both = f"<mergeCells>{ranges}</mergeCells>" if ranges else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{said}</sheetData>{both}</worksheet>'


def _cell(cell: str | Cell | None, row: int, column: int) -> str:
    if cell is None:
        return ""
    at = f'<c r="{chr(ord("A") + column)}{row}"'
    if isinstance(cell, Cell):
        return f"{at}{cell}</c>"
    return f'{at} t="inlineStr"><is><t xml:space="preserve">{escape(cell)}</t></is></c>'
