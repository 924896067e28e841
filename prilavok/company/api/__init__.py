"""What the public API offers of the company: shops, employees, roles, log-ins and who asks."""

from ninja import Router

from prilavok.company.api.access import router as access
from prilavok.company.api.company import router as company

router = Router()
router.add_router("", access)
router.add_router("", company)
