from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "yihu.desk"
    label = "desk"
    verbose_name = "工作台"

    def ready(self) -> None:
        """What its lists let out of the house."""
        from yihu.desk import takeouts
        from yihu.desk.gaps import takeouts as of_gaps
        from yihu.desk.timeliness import takeouts as of_timeliness

        takeouts.contribute_all()
        of_timeliness.contribute_all()
        of_gaps.contribute_all()
