from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "yihu.disclosure"
    label = "disclosure"
    verbose_name = "密级与显示"

    def ready(self) -> None:
        """A ledger that names a sealed contact does not bring them back; a look behind a mask
        ends with the post (§6.3.4).
        """
        from yihu.access.ending import contribute
        from yihu.audit.actions import subscribe
        from yihu.disclosure.actions import end_reveals
        from yihu.disclosure.hearing import keep_sealed

        subscribe("customers.imported", keep_sealed)
        contribute("disclosure.reveal", end_reveals)
