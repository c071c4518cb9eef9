from django.apps import AppConfig


class RatingsConfig(AppConfig):
    name = "yihu.ratings"
    label = "ratings"
    verbose_name = "客户评级"

    def ready(self) -> None:
        """Final results belong to every version of a dossier; what leaves the house."""
        from yihu.dossiers.tables import contribute
        from yihu.ratings.takeouts import contribute_all
        from yihu.ratings.versions import RATINGS

        contribute(RATINGS)
        contribute_all()
