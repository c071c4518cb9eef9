from django.apps import AppConfig


class OrgConfig(AppConfig):
    name = "yihu.org"
    label = "org"
    verbose_name = "组织"
