"""Every domain's pages at their full paths, and the public API."""

from django.urls import include, path
from django.views.i18n import set_language

from prilavok.config import addresses, api
from prilavok.kernel.web import alive, public

urlpatterns = addresses.listed(
    [
        path("", include("prilavok.reports.web.urls")),
        path("", include("prilavok.company.web.urls")),
        path("", include("prilavok.customers.web.urls")),
        path("", include("prilavok.catalog.web.urls")),
        path("", include("prilavok.messaging.web.urls")),
        path("", include("prilavok.orders.web.urls")),
        path("", include("prilavok.segments.web.urls")),
        path("", include("prilavok.experiments.web.urls")),
        path("", include("prilavok.loyalty.web.urls")),
        path("", include("prilavok.campaigns.web.urls")),
        path("", include("prilavok.tasks.web.urls")),
        path("", include("prilavok.relations.web.urls")),
        path("", include("prilavok.exchange.web.urls")),
        path("", include("prilavok.administration.web.urls")),
        path("", include("prilavok.facts.web.urls")),
        path("", include("prilavok.ui.web.urls")),
        path("api/v1/", api.urls),
        path("alive/", alive),
        path(
            "language/", public(reason="chooses the language of the page")(set_language), name="set_language"
        ),
    ]
)
handler403 = "prilavok.kernel.web.page_403"
handler404 = "prilavok.kernel.web.page_404"
handler500 = "prilavok.kernel.web.page_500"
