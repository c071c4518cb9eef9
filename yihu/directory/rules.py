"""How long what the directory says holds, and what its tokens are like."""

from datetime import timedelta

PREFIX = "yihu-scim-"
"""So that a token that lies about somewhere is known for what it is."""
TOKEN_DAYS = 366
"""The longest life of a token: the identity system's keeper renews it within the year."""
CONFIRMED_DAYS = 30
"""A role of a group that only a sign-in confirms ends so many days after the last one."""
PAGE_MOST = 200
"""People or groups of one SCIM answer."""
MEMBERS_MOST = 5000
NAME_MOST = 200
NOTED = timedelta(minutes=10)
