"""What the public API offers of the company: shops, employees, roles, log-ins, views of lists and who asks."""

from ninja import Router

from prilavok.company.api.access import router as access
from prilavok.company.api.company import router as company
from prilavok.company.api.views import router as views

router = Router()
router.add_router("", access)
router.add_router("", company)
router.add_router("", views)
