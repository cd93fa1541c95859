"""The published scores, each a table in its own module, and the engine that computes them."""

from service.scoring.bauer import BAUER_MODIFIED
from service.scoring.engine import Engine
from service.scoring.katagiri import KATAGIRI_REVISED
from service.scoring.nesms import NESMS
from service.scoring.sins import SINS
from service.scoring.tokuhashi import TOKUHASHI_REVISED
from service.scoring.tomita import TOMITA

#: Every score, in the order in which they are shown. A new score is a module and a line here.
SCORES = (SINS, TOKUHASHI_REVISED, TOMITA, BAUER_MODIFIED, KATAGIRI_REVISED, NESMS)

ENGINES: dict[str, Engine] = {score.code: Engine(score) for score in SCORES}
