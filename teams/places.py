"""Territories with what they take from above: whose market they are in, its clock, money and language."""

from dataclasses import dataclass

from teams.models import Territory


@dataclass(frozen=True)
class Place:
    """A territory; `market` is the code of the market it is or lies in ("" without one)."""

    pk: int
    code: str
    market: str
    zone: str
    currency: str
    language: str
    region: str  # the country in whose way phones are written


def places() -> dict[str, Place]:
    """Every territory by its code (there are some hundreds at most)."""
    rows = {territory.pk: territory for territory in Territory.objects.all()}
    found: dict[str, Place] = {}
    for territory in rows.values():
        chain = [territory]
        while (above := rows.get(chain[-1].parent_id)) and above not in chain:
            chain.append(above)
        markets = [one for one in chain if one.kind == Territory.Kind.MARKET]
        found[territory.code] = Place(
            pk=territory.pk,
            code=territory.code,
            market=markets[0].code if markets else "",
            zone=next((one.time_zone for one in chain if one.time_zone), "UTC"),
            currency=next((one.currency for one in chain if one.currency), ""),
            language=next((one.language for one in chain if one.language), "en"),
            region=(markets or chain)[0].region,
        )
    return found
