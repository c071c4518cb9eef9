from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "yihu.notices"
    label = "notices"
    verbose_name = "提醒"

    def ready(self) -> None:
        """Hear of what somebody must be told, and end feeds and channels with the post (§6.3.4)."""
        from yihu.access.ending import contribute
        from yihu.audit.actions import subscribe
        from yihu.notices.actions import end_channels, end_feeds
        from yihu.notices.hearing import RULES, on_event

        for verb in RULES:
            subscribe(verb, on_event)
        contribute("notices.feed", end_feeds)
        contribute("notices.channel", end_channels)
