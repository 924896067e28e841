"""Why something cannot be done with goods."""

from django.utils.translation import gettext_lazy as _

from prilavok.kernel.errors import Problem


class CategoryCircle(Problem):
    code = "category_circle"
    message = _("The category “%(category)s” would stand below itself.")


class UnknownCategory(Problem):
    code = "unknown_category"
    message = _("There is no category with the code “%(category)s”. Load the categories first.")


class UnknownProduct(Problem):
    code = "unknown_product"
    message = _("There is no product with the code “%(product)s”. Load the products first.")
