"""Who writes: invented customers, whose address tells their language."""

from collections.abc import Sequence
from random import Random

import msgspec


class Person(msgspec.Struct, frozen=True):
    """One customer; `charset` is what their mail program writes in."""

    name: str
    address: str
    language: str
    charset: str
    writes_html: bool


_GIVEN = {
    "en": "Olive Peter Amara Hugh Nina Callum Ruth Samuel Isla Joseph Freya Dev Mabel Owen Zara",
    "de": "Lena Jürgen Anneliese Tobias Käthe Matthias",
    "fr": "Élodie Benoît Camille Théo Inès",
    "es": "Lucía Íñigo Marta Andrés",
    "pl": "Małgorzata Paweł",
    "el": "Ελένη Νίκος",
    "ja": "由美 健太",
}
_FAMILY = {
    "en": "Hartley Osei Pemberton Quill Rao Sandford Thorne Underhill Vance Whitlock Yarrow Abbott",
    "de": "Brückner Köhler Reuß Sommer Vogt",
    "fr": "Lefèvre Moreau Chauvet Garnier",
    "es": "Núñez Ferrer Olmedo",
    "pl": "Wójcik Żak",
    "el": "Παππάς Γεωργίου",
    "ja": "田中 小林",
}
_DOMAINS = {
    "en": ("example.com", "example.net", "mail.example"),
    "de": ("post.example",),
    "fr": ("courriel.example",),
    "es": ("correo.example",),
    "pl": ("poczta.example",),
    "el": ("tachydromio.example",),
    "ja": ("yubin.example",),
}
_CHARSETS = {
    "en": ("utf-8", "utf-8", "us-ascii"),
    "de": ("utf-8", "iso-8859-1"),
    "fr": ("utf-8", "windows-1252"),
    "es": ("utf-8", "iso-8859-15"),
    "pl": ("iso-8859-2",),
    "el": ("iso-8859-7", "utf-8"),
    "ja": ("iso-2022-jp",),
}
_SHARES = {"en": 62, "de": 14, "fr": 10, "es": 8, "pl": 2, "el": 2, "ja": 2}


def person(chance: Random, number: int) -> Person:
    """Customer `number`; the number keeps addresses apart."""
    [language] = chance.choices(list(_SHARES), list(_SHARES.values()))
    given = chance.choice(_GIVEN[language].split())
    family = chance.choice(_FAMILY[language].split())
    return Person(
        name=f"{given} {family}",
        address=f"{_local_part(given, family)}{number}@{chance.choice(_DOMAINS[language])}",
        language=language,
        charset=chance.choice(_CHARSETS[language]),
        writes_html=chance.random() < 0.35,
    )


def language_of(address: str) -> str:
    """The language of whoever writes from `address`; English where it does not tell."""
    domain = address.rpartition("@")[2].lower()
    return next((word for word, domains in _DOMAINS.items() if domain in domains), "en")


_PLAIN = str.maketrans("äöüßéèîùíúñłóżÉÍ", "aouseeiuiunlozEI")


def _local_part(given: str, family: str) -> str:
    names: Sequence[str] = [name.translate(_PLAIN).lower() for name in (given, family)]
    usable = [name for name in names if name.isascii()]
    return ".".join(usable) or "customer"
