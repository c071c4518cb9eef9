from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "yihu.grants"
    label = "grants"
    verbose_name = "查询权限"

    def ready(self) -> None:
        """What a person was given to read ends with the post (§6.3.4)."""
        from yihu.access.ending import contribute
        from yihu.grants.actions import end_for

        contribute("grants.grant", end_for)
