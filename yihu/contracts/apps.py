from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "yihu.contracts"
    label = "contracts"
    verbose_name = "合同与提气"

    def ready(self) -> None:
        """Contracts and their months belong to every version of a dossier."""
        from yihu.contracts.versions import TABLES
        from yihu.dossiers.tables import contribute

        for table in TABLES:
            contribute(table)
