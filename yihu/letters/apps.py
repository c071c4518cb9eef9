from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "yihu.letters"
    label = "letters"
    verbose_name = "往来函件"

    def ready(self) -> None:
        """Which letters a file held belongs to each of its versions; what leaves the house."""
        from yihu.dossiers.tables import contribute
        from yihu.letters.takeouts import contribute_all
        from yihu.letters.versions import LETTERS

        contribute(LETTERS)
        contribute_all()
