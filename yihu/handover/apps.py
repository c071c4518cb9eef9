from django.apps import AppConfig


class HandoverConfig(AppConfig):
    name = "yihu.handover"
    label = "handover"
    verbose_name = "岗位交接"

    def ready(self) -> None:
        """Know what people hold, and keep what ended with a post."""
        from yihu.audit.actions import subscribe
        from yihu.handover.hearing import on_closed
        from yihu.handover.kinds import know_own_kinds
        from yihu.handover.takeouts import contribute_all

        know_own_kinds()
        contribute_all()
        subscribe("account.closed", on_closed)
