"""Files as people and attackers send them, and transfers that wait for them."""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from pathlib import Path

from PIL import Image, ImageDraw

from storefront.make import course, person  # noqa: F401  a shop is a shop
from tollkeeper.core.clock import now
from tollkeeper.core.ids import new_id, new_reference
from tollkeeper.core.orm import raw_cursor
from tollkeeper.core.settings import settings
from tollkeeper.payments.gateways.contract import Link
from tollkeeper.payments.ledger.services import Order, Sold, bring, place_order
from tollkeeper.payments.ledger.state import Evidence, Kind, Payment
from tollkeeper.payments.transfers.services import HandedIn, Upload, hand_in

SCRIPT = b"<script>document.title = 'executed'</script>"


def transfer(buyer, wanted, *, signed_in: bool = True) -> Payment:
    """An order that waits for a bank transfer."""
    sold = Sold(wanted.item, wanted.title, wanted.price_minor)
    with raw_cursor() as cursor:
        payment = place_order(
            cursor, Order(new_id(), new_reference(), buyer.pk, signed_in, "en", "ZAR", "transfer", (sold,))
        )
    link = Link(payment.reference, f"{settings().address}/orders/{payment.reference}/")
    bring([Evidence(payment.id, Kind.OPENED, f"opened:{link.id}", "checkout", now(), link=link)])
    return payment


def sent(payment: Payment, data: bytes, name: str = "slip.pdf") -> HandedIn:
    return hand_in(payment.id, Upload([data[at : at + 65536] for at in range(0, len(data), 65536)], name), by="a@b.c")


def kept() -> list[Path]:
    """Every file that lies among the proofs."""
    return sorted(path for path in (settings().data_dir / "proofs").rglob("*") if path.is_file())


# Honest files


def slip(*, width: int = 600, text: str = "PAID R 524.00") -> Image.Image:
    picture = Image.new("RGB", (width, width * 4 // 3), "white")
    ImageDraw.Draw(picture).text((20, 20), text, fill="black")
    picture.putpixel((0, 0), tuple(os.urandom(3)))
    return picture


def encoded(picture: Image.Image, kind: str, **more) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def jpeg(**more) -> bytes:
    return encoded(slip(), "JPEG", **more)


def png() -> bytes:
    return encoded(slip(), "PNG")


def pdf(pages: int = 1) -> bytes:
    return encoded(slip(), "PDF", save_all=True, append_images=[slip(text=f"page {n}") for n in range(2, pages + 1)])


# Dishonest ones


def png_with_page_behind() -> bytes:
    return png() + b"<html>" + SCRIPT + b"</html>"


def pdf_that_is_a_zip() -> bytes:
    out = io.BytesIO()
    out.write(pdf())
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("index.html", SCRIPT)
    return out.getvalue()


def jpeg_with_script() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    return jpeg(comment=SCRIPT, exif=exif)


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def bomb(side: int = 30_000) -> bytes:
    """A PNG of some hundred kilobytes that would fill gigabytes."""
    line = b"\0" + b"\xff" * (side * 3)
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(line) for _ in range(64)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def text_bomb() -> bytes:
    """A PNG whose comment unpacks to half a gigabyte."""
    packer = zlib.compressobj(9)
    body = b"".join(packer.compress(b"a" * 1_048_576) for _ in range(512)) + packer.flush()
    plain = png()
    return plain[:33] + chunk(b"zTXt", b"Comment\0\0" + body) + plain[33:]


def pdf_of(stream: bytes, *, box: str = "0 0 600 800", pages: int = 1, more: bytes = b"") -> bytes:
    """A PDF whose pages all draw this stream."""
    kids = " ".join(f"{number + 4} 0 R" for number in range(pages))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R" + more + b">>",
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
        f"<</Length {len(stream)}/Filter/FlateDecode>>stream\n".encode() + stream + b"\nendstream",
        *[f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]/Contents 3 0 R>>".encode()] * pages,
    ]
    out, places = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj".encode() + body + b"endobj\n"
    table = b"".join(f"{place:010} 00000 n \n".encode() for place in places)
    trailer = f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF".encode()
    return out + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode() + table + trailer


def pdf_bomb() -> bytes:
    """A PDF whose page unpacks to a gigabyte of drawing."""
    packer = zlib.compressobj(9)
    line = b"0 0 m 600 800 l S 1 0 0 rg 0 0 600 800 re f\n" * 23_000
    return pdf_of(b"".join(packer.compress(line) for _ in range(1000)) + packer.flush())


def pdf_with_script() -> bytes:
    """A PDF that asks its reader to run JavaScript, start a program and call home."""
    act = b"/OpenAction<</S/JavaScript/JS(app.launchURL\\('http://127.0.0.1:9/'\\))>>"
    return pdf_of(zlib.compress(b"0 0 m 10 10 l S"), more=act)


def locked_pdf() -> bytes:
    """A PDF that says it is encrypted with a password that nobody has."""
    key = os.urandom(32).hex()
    lock = f"/Encrypt<</Filter/Standard/V 1/R 2/O<{key}>/U<{key}>/P -4>>/ID[<00><00>]".encode()
    return pdf_of(zlib.compress(b"")).replace(b"/Root 1 0 R", b"/Root 1 0 R" + lock)
