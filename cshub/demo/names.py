"""Invented company names of several languages, so that pages meet long words and other scripts from the first day."""

from dataclasses import dataclass

import numpy as np

_FIRST = (
    "Nordlys", "Kaveh", "Borealis", "Łożyska", "Helvetia", "Tide", "Quillon", "Marram", "Sadovaya", "Oleander", "Grünwald", "Żuraw", "Alborz",
    "Fjellheim", "Ostrava", "Peregrine", "Simurgh", "Vistula", "Calluna", "Dnipro", "Aurelia", "Bramley", "Zarya", "Ostsee", "Khazar", "Pomorze",
    "Lindqvist", "Mistral", "Tabriz", "Wieliczka", "Harrow", "Ilmatar", "Jaskółka", "Kestrel", "Larkspur", "Damavand", "Novgorod", "Ørsted",
    "Persepolis", "Rowan",
)  # fmt: skip
_SECOND = (
    ("Freight", "Logistics"), ("Dental Group", "Health"), ("Software", "Software"), ("Insurance", "Insurance"), ("Retail", "Retail"),
    ("Castings", "Manufacturing"), ("Foods", "Food"), ("Energy", "Energy"), ("Pharma", "Health"), ("Tooling", "Manufacturing"), ("Media", "Media"),
    ("Textiles", "Manufacturing"), ("Payments", "Finance"), ("Shipping", "Logistics"), ("Academy", "Education"),
    ("Versicherungsgesellschaft", "Insurance"),
)  # fmt: skip
_REGIONS = ("DACH", "Nordics", "Poland", "Baltics", "Benelux", "Middle East")
_PLAIN = str.maketrans("łŁóÓżŻźśćęąńøØüÜ", "lLoOzZzsceanoOuU")


@dataclass(frozen=True)
class Company:
    """What a company is called and where it is."""

    name: str
    domain: str
    industry: str
    region: str


def companies(count: int, rng: np.random.Generator) -> list[Company]:
    """`count` companies with different names."""
    pairs = [(first, second) for first in _FIRST for second in _SECOND]
    order = rng.permutation(len(pairs))
    regions = rng.integers(0, len(_REGIONS), size=count)
    chosen = [
        (*pairs[order[index % len(pairs)]], index // len(pairs), _REGIONS[regions[index]]) for index in range(count)
    ]
    return [_company(first, second, again, region) for first, second, again, region in chosen]


def _company(first: str, second: tuple[str, str], again: int, region: str) -> Company:
    suffix = f" {again + 1}" if again else ""
    slug = f"{first}-{second[0]}{suffix}".lower().translate(_PLAIN).replace(" ", "-")
    return Company(f"{first} {second[0]}{suffix}", f"{slug}.example", second[1], region)
