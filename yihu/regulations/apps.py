from django.apps import AppConfig


class RegulationsConfig(AppConfig):
    name = "yihu.regulations"
    label = "regulations"
    verbose_name = "制度库"
