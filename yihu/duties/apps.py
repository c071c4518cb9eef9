from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "yihu.duties"
    label = "duties"
    verbose_name = "更新任务"

    def ready(self) -> None:
        """Hear of the deeds that fulfil duties or bring new ones."""
        from yihu.audit.actions import subscribe
        from yihu.duties.hearing import VERBS, on_deed

        for verb in VERBS:
            subscribe(verb, on_deed)
