from django.apps import AppConfig


class OriginalsConfig(AppConfig):
    name = "yihu.originals"
    label = "originals"
    verbose_name = "原件"

    def ready(self) -> None:
        """What originals there are belongs to every version of a dossier; what leaves the house."""
        from yihu.dossiers.tables import contribute
        from yihu.originals.takeouts import contribute_all
        from yihu.originals.versions import TABLE

        contribute(TABLE)
        contribute_all()
