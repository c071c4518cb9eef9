from django.apps import AppConfig


class DisclosureConfig(AppConfig):
    name = "yihu.disclosure"
    label = "disclosure"
    verbose_name = "密级与显示"

    def ready(self) -> None:
        """A ledger that names a sealed contact does not bring them back."""
        from yihu.audit.actions import subscribe
        from yihu.disclosure.hearing import keep_sealed

        subscribe("customers.imported", keep_sealed)
