from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "yihu.boards"
    label = "boards"
    verbose_name = "经营看板"

    def ready(self) -> None:
        """What touches a unit's figures marks them in the same transaction."""
        from yihu.audit.actions import subscribe
        from yihu.boards.hearing import TOUCHING, touched

        for verb in TOUCHING:
            subscribe(verb, touched)
