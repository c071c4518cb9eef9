"""Who reads the library at all: those who keep or read customer files."""

from yihu.access.rules import Role

READERS = (
    Role.FILLER,
    Role.REVIEWER,
    Role.STEWARD,
    Role.CUSTODIAN,
    Role.READER,
    Role.SUPERVISOR,
)
