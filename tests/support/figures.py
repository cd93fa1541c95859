"""Reading what is exposed."""

from __future__ import annotations

from service.operations.exposition import exposed
from service.operations.metering import Meter


def figure(meter: Meter, **labels: str) -> float:
    """The figure of a counter, as it is scraped; 0 where there is none."""
    return figure_in(exposed(()).decode(), meter, **labels)


def figure_in(text: str, meter: Meter, **labels: str) -> float:
    """The same, in what was scraped."""
    wanted = {f'{name}="{value}"' for name, value in labels.items()}
    for line in text.splitlines():
        name, _, rest = line.partition("{")
        given, _, number = rest.rpartition("} ")
        if name == meter.name and set(given.split(",")) == wanted:
            return float(number)
    return 0
