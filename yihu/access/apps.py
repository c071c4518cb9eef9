from importlib import import_module

from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "yihu.access"
    label = "access"
    verbose_name = "权限"

    def ready(self) -> None:
        """Hear of leavers as soon as their day has come."""
        from yihu.access.leavers import end_posts
        from yihu.audit.actions import subscribe

        import_module("yihu.access.tokens.actions")  # how tokens end with a post
        subscribe("personnel.applied", end_posts)
