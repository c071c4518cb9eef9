from django.apps import AppConfig


class PapersConfig(AppConfig):
    name = "yihu.papers"
    label = "papers"
    verbose_name = "资料"

    def ready(self) -> None:
        """Which documents a file held belongs to each of its versions."""
        from yihu.dossiers.tables import contribute
        from yihu.papers.versions import DOCUMENTS

        contribute(DOCUMENTS)
