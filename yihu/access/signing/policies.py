"""The two password policies that a setting chooses between; read by the settings themselves."""

from typing import Any

_HERE = "yihu.access.signing.passwords"
POLICIES: dict[str, tuple[list[dict[str, Any]], int | None]] = {
    "mlps": (
        [
            {"NAME": f"{_HERE}.LengthValidator"},
            {"NAME": f"{_HERE}.KindsValidator"},
            {"NAME": f"{_HERE}.HistoryValidator"},
            {"NAME": f"{_HERE}.OwnWordsValidator"},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        ],
        90,
    ),
    "asvs": (
        [
            {"NAME": f"{_HERE}.LengthValidator"},
            {"NAME": f"{_HERE}.OwnWordsValidator"},
            {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
        ],
        None,
    ),
}
"""For each policy its validators, and after how many days a password is to be changed."""
