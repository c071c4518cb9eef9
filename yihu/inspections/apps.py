from django.apps import AppConfig


class InspectionsConfig(AppConfig):
    name = "yihu.inspections"
    label = "inspections"
    verbose_name = "检查与整改"

    def ready(self) -> None:
        """A finding ordered to be put right is a duty; what leaves the house; what a post holds."""
        from yihu.duties.sources import contribute
        from yihu.inspections.duties import RECTIFICATION
        from yihu.inspections.holding import contribute_holding
        from yihu.inspections.takeouts import contribute_all

        contribute(RECTIFICATION)
        contribute_all()
        contribute_holding()
