"""What the public API offers of customers."""

from ninja import Router

from prilavok.customers.api.about import router as about
from prilavok.customers.api.bulk import router as bulk
from prilavok.customers.api.companies import router as companies
from prilavok.customers.api.contacts import router as contacts
from prilavok.customers.api.documents import router as documents
from prilavok.customers.api.evaluations import router as evaluations
from prilavok.customers.api.files import router as files
from prilavok.customers.api.identity import router as identity
from prilavok.customers.api.indicators import router as indicators
from prilavok.customers.api.own_fields import router as own_fields
from prilavok.customers.api.people import router as people
from prilavok.customers.api.preferences import router as preferences
from prilavok.customers.api.requests import router as requests
from prilavok.customers.api.suppressions import router as suppressions
from prilavok.customers.api.survivorship import router as survivorship
from prilavok.customers.api.tags import router as tags

router = Router()
router.add_router("", evaluations)
router.add_router("", suppressions)
router.add_router("", documents)
router.add_router("", identity)  # its fixed addresses stand before those that take an id
router.add_router("", companies)
router.add_router("", own_fields)
router.add_router("", tags)
router.add_router("", preferences)
router.add_router("", survivorship)
router.add_router("", indicators)
router.add_router("", bulk)
router.add_router("", people)
router.add_router("", contacts)
router.add_router("", requests)
router.add_router("", about)
router.add_router("", files)
