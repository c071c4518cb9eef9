from django.apps import AppConfig


class OutboxConfig(AppConfig):
    name = "yihu.outbox"
    label = "outbox"
    verbose_name = "事件外发"

    def ready(self) -> None:
        """An endpoint rests when its keeper leaves; by the list a successor has it (§6.3.4)."""
        from yihu.access.ending import contribute as ends
        from yihu.handover.kinds import contribute as held
        from yihu.outbox.actions import rest_endpoints
        from yihu.outbox.holding import HOLDING

        ends("outbox.endpoint", rest_endpoints)
        held(**HOLDING)
