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

        know_own_kinds()
        subscribe("account.closed", on_closed)
