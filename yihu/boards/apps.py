from django.apps import AppConfig


class BoardsConfig(AppConfig):
    name = "yihu.boards"
    label = "boards"
    verbose_name = "经营看板"

    def ready(self) -> None:
        """What touches a figure marks it in the same transaction; what leaves the house."""
        from yihu.audit.actions import subscribe
        from yihu.boards.hearing import TOUCHING, touched
        from yihu.boards.takeouts import contribute_all

        for verb in TOUCHING:
            subscribe(verb, touched)
        contribute_all()
