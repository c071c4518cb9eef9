from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "yihu.directory"
    label = "directory"
    verbose_name = "目录"

    def ready(self) -> None:
        """Be asked whenever somebody is proven at the door."""
        from yihu.access.signing.welcome import contribute
        from yihu.directory.granting import on_proven

        contribute(on_proven)
