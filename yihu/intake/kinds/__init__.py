"""The kinds of ledgers that can be read, by name."""

from yihu.intake.columns import Kind
from yihu.intake.kinds.contracts import CONTRACTS
from yihu.intake.kinds.customers import CUSTOMERS
from yihu.intake.kinds.offtake import OFFTAKE
from yihu.intake.kinds.personnel import PERSONNEL
from yihu.intake.kinds.ratings import RATINGS

KINDS: dict[str, Kind] = {
    one.name: one for one in (CUSTOMERS, CONTRACTS, OFFTAKE, PERSONNEL, RATINGS)
}
