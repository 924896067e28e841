from django.urls import path

from prilavok.ui.web import views

app_name = "ui"
urlpatterns = [
    path("favicon.ico", views.favicon, name="favicon"),
    path("ui/find/", views.find, name="find"),
    path("ui/bell/", views.bell, name="bell"),
    path("ui/appearance/", views.appearance, name="appearance"),
    path("ui/check/<str:form>/<str:field>/", views.check, name="check"),
    path("help/pictures/<str:name>", views.manual_picture, name="manual_picture"),
    path("help/<slug:slug>/", views.manual, name="manual"),
    path("settings/styleguide/", views.styleguide, name="styleguide"),
    path("settings/styleguide/<int:number>/", views.styleguide_row, name="styleguide_row"),
]
