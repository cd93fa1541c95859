"""The published scores, each a table in its own module, and the engine that computes them."""

from service.scoring.bauer import BAUER, BAUER_MODIFIED
from service.scoring.dumbbell import DUMBBELL
from service.scoring.engine import Engine
from service.scoring.katagiri import KATAGIRI_REVISED
from service.scoring.mizumoto import MIZUMOTO
from service.scoring.nesms import NESMS
from service.scoring.prism import PRISM
from service.scoring.rades import RADES_SHORT_SURVIVAL
from service.scoring.sins import SINS
from service.scoring.soma import SOMA
from service.scoring.tokuhashi import TOKUHASHI_REVISED
from service.scoring.tomita import TOMITA
from service.scoring.van_der_linden import VAN_DER_LINDEN

#: Every score, in the order in which they are shown. A new score is a module and a line here.
SCORES = (
    SINS,
    DUMBBELL,
    KATAGIRI_REVISED,
    TOKUHASHI_REVISED,
    TOMITA,
    BAUER,
    BAUER_MODIFIED,
    NESMS,
    VAN_DER_LINDEN,
    RADES_SHORT_SURVIVAL,
    MIZUMOTO,
    PRISM,
    SOMA,
)

ENGINES: dict[str, Engine] = {score.code: Engine(score) for score in SCORES}
