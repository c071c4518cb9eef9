from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "yihu.duties"
    label = "duties"
    verbose_name = "更新任务"

    def ready(self) -> None:
        """Hear of the deeds that fulfil duties or bring new ones."""
        from yihu.audit.actions import subscribe
        from yihu.duties.hearing import OF_GROUP, VERBS, on_deed, on_deed_of_group

        for verb in VERBS:
            subscribe(verb, on_deed)
        for verb in OF_GROUP:
            subscribe(verb, on_deed_of_group)
