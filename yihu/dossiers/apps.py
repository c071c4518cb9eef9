from django.apps import AppConfig


class DossiersConfig(AppConfig):
    name = "yihu.dossiers"
    label = "dossiers"
    verbose_name = "客户档案"
