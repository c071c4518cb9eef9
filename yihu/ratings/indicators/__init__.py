"""The indicators that come from data. A new one: its file beside these, and its name below."""

from yihu.ratings.indicators.completion import COMPLETION
from yihu.ratings.indicators.contract_volume import CONTRACT_VOLUME
from yihu.ratings.indicators.growth import GROWTH
from yihu.ratings.indicators.price_level import PRICE_LEVEL
from yihu.ratings.indicators.punctuality import PUNCTUALITY
from yihu.ratings.indicators.risks import RISKS
from yihu.ratings.indicators.source import Source
from yihu.ratings.indicators.term_left import TERM_LEFT
from yihu.ratings.indicators.visits import VISITS
from yihu.ratings.indicators.volume import VOLUME
from yihu.ratings.indicators.years import YEARS

ALL = (
    VOLUME, GROWTH, CONTRACT_VOLUME, COMPLETION, PUNCTUALITY, PRICE_LEVEL, YEARS, TERM_LEFT,
    VISITS, RISKS,
)  # fmt: skip


def sources() -> dict[str, Source]:
    """Those whose tables this installation has, by code."""
    return {source.code: source for source in ALL if source.readable}


def ways() -> dict[str, str]:
    """Of each, which way is the better one."""
    return {code: source.better for code, source in sources().items()}
