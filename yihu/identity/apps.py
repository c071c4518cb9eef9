from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "yihu.identity"
    label = "identity"
    verbose_name = "客户身份"

    def ready(self) -> None:
        """Units' statements are compared as soon as one of them is approved or imported."""
        from yihu.audit.actions import subscribe
        from yihu.identity.hearing import on_approved, on_imported

        subscribe("version.approved", on_approved)
        subscribe("customers.imported", on_imported)
