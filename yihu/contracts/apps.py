from django.apps import AppConfig


class ContractsConfig(AppConfig):
    name = "yihu.contracts"
    label = "contracts"
    verbose_name = "合同与提气"
