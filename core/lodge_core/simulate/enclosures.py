"""Small files that customers attach: a picture, a PDF, a text. Made here, so nothing is shipped."""

import struct
import zlib
from random import Random

import msgspec


class Enclosure(msgspec.Struct, frozen=True):
    """A file with the name and type a mail program gives it."""

    filename: str
    content_type: str
    content: bytes


def enclosure(chance: Random, order: str) -> Enclosure:
    """A photo, a receipt or a log about `order`."""
    kind = chance.random()
    if kind < 0.5:
        return Enclosure(f"IMG_{chance.randint(1000, 9999)}.png", "image/png", picture(chance))
    if kind < 0.85:
        return Enclosure(f"receipt-{order}.pdf", "application/pdf", document(f"Receipt {order}"))
    lines = "".join(f"step {step}: code {chance.randint(0, 9)}\r\n" for step in range(1, 30))
    return Enclosure("diagnosis.txt", "text/plain", lines.encode("ascii"))


def picture(chance: Random) -> bytes:
    """A PNG of 64 by 48 points: a few coloured stripes."""
    width, height = 64, 48
    colours = [bytes(chance.randint(0, 255) for _ in range(3)) for _ in range(6)]
    rows = b"".join(b"\0" + colours[row * 6 // height] * width for row in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def document(title: str) -> bytes:
    """A PDF of one page with one line of text, which is ASCII without brackets."""
    page = f"BT /F1 24 Tf 72 720 Td ({title}) Tj ET".encode("ascii")
    objects = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(page), page),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    written = b"%PDF-1.4\n"
    places: list[int] = []
    for number, content in enumerate(objects, start=1):
        places.append(len(written))
        written += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return written + (
        b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % (len(places) + 1, table, len(places) + 1, len(written))
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)
