from django.urls import path

from prilavok.catalog.web import costs, views

app_name = "catalog"
urlpatterns = [
    path("catalog/", views.products, name="products"),
    path("catalog/categories/", views.categories, name="categories"),
    path("catalog/products/<uuid:public_id>/", views.product, name="product"),
    path("catalog/products/<uuid:public_id>/costs/", costs.costs, name="costs"),
    path("catalog/products/<uuid:public_id>/costs/remove/", costs.drop, name="drop_cost"),
    path("catalog/products/<uuid:public_id>/about/", views.about, name="about"),
]
