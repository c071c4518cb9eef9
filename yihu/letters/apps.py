from django.apps import AppConfig


class LettersConfig(AppConfig):
    name = "yihu.letters"
    label = "letters"
    verbose_name = "往来函件"

    def ready(self) -> None:
        """Which letters a file held belongs to each of its versions."""
        from yihu.dossiers.tables import contribute
        from yihu.letters.versions import LETTERS

        contribute(LETTERS)
